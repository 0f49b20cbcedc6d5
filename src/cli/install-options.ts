// The options of `install`. Knows how a value is written, not what it does.
import {InvalidArgumentError, Option, type Command} from 'commander';
import {collect} from '../core/values.ts';

const text = (value: string): string => value;

export function addInstallOptions(command: Command): Command {
  return command
    .optionsGroup('Where and how:')
    .addOption(
      new Option(
        '--host <host>',
        'user@node, user@node:port, an alias of ~/.ssh/config, or localhost; repeatable',
      )
        .argParser(collect(text))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--layout <layout>', 'beside the parcel, or over its files as in the original recipe')
        .choices(['overlay', 'recipe'])
        .default('overlay'),
    )
    .addOption(new Option('--port <n>', 'of the Thriftserver').argParser(parsePort).default(10_015))
    .addOption(new Option('--user <name>', 'who runs the Thriftserver').default('hive'))
    .option('--bind-host <host>', "what it listens on (default: the node's own full name)")
    .addOption(new Option('--parcels <folder>', 'where the parcels are').default('/opt/cloudera/parcels'))
    .option('--force-version', "install although the dist is for another version than the node's")
    .option('--ask-password', 'ask for passwords, of the login and of sudo, on the terminal')
    .option('--dry-run', 'print each command, and change nothing')
    .option('--rollback', 'put back what the last install replaced');
}

function parsePort(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('Give a port, from 1 to 65535.');
  return port;
}
