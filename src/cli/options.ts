// The options of commands that select and build, once. Knows how a value is written, not what it does.
import {Option, type Command} from 'commander';
import {providers} from '../machine/machine.ts';
import {
  collect,
  parseCount,
  parseDuration,
  parseFeatures,
  parseJobs,
  parseMemory,
  parseMirror,
} from '../core/values.ts';

const text = (value: string): string => value;

/** An option whose value may also come from BUILD_SPARK_<NAME>. */
function option(flags: string, description: string): Option {
  const made = new Option(flags, description);
  return made.env(`BUILD_SPARK_${made.name().toUpperCase().replaceAll('-', '_')}`);
}

/** Which release, and what of it. */
export function addSelectionOptions(command: Command): Command {
  return command
    .optionsGroup('What to build:')
    .addOption(
      option('--cdh <range>', 'CDH release: 5.7.0, 5.7.x, ">=5.5 <5.8", latest; repeatable').argParser(
        collect(text),
      ),
    )
    .addOption(
      option('--spark2 <range>', 'Spark 2 for CDH 5: 2.4.0-cloudera2, 2.2.x, latest; repeatable').argParser(
        collect(text),
      ),
    )
    .addOption(option('--ref <git ref>', 'any tag, branch or commit of the source, alone'))
    .addOption(
      option('--newest-of <line>', 'keep the newest of each line that a range matched').choices([
        'minor',
        'major',
      ]),
    )
    .addOption(
      option(
        '--source <source>',
        'URL or path of a git repository, or "sample" (default: github.com/cloudera/spark)',
      ),
    )
    .addOption(refreshOption())
    .addOption(
      option('--with <list>', 'thriftserver, sparkr, both, or none (default: thriftserver)').argParser(
        parseFeatures,
      ),
    )
    .addOption(
      option('--deps <flavour>', 'leave out, or include, the jars that CDH has (default: provided)').choices([
        'provided',
        'bundled',
      ]),
    )
    .addOption(
      option(
        '--dependencies <whose>',
        "compile against Cloudera's or Apache's Hadoop and Hive (default: auto)",
      ).choices(['auto', 'cloudera', 'apache']),
    )
    .addOption(option('--compile-tests', "compile Spark's own tests too: the same dist in twice the time"))
    .addOption(
      option('--patch <file>', 'apply to the source after ours; repeatable').argParser(collect(text)),
    )
    .addOption(option('-P, --profile <id>', 'Maven profile; repeatable').argParser(collect(text)))
    .addOption(option('-D, --define <key=value>', 'Maven property; repeatable').argParser(collect(text)))
    .addOption(option('--output <dir>', 'parent folder of the dists (default: this one)'))
    .addOption(option('--label <text>', 'suffix of your own for the names of the dists'))
    .addOption(option('--force', 'build although an identical dist is there, or replace one made otherwise'))
    .addOption(option('--force-unsupported', 'try what the catalogue says cannot work'))
    .addOption(option('--smoke', 'start the built Thriftserver in the VM and query it'));
}

export function refreshOption(): Option {
  return option('--refresh', 'ask the source again also for tags that were fetched before');
}

/** The machine and the network. */
export function addMachineOptions(command: Command): Command {
  return command
    .optionsGroup('The machine:')
    .addOption(option('--provider <name>', `${providers.join(', ')} (default: the first that works here)`))
    .addOption(option('--box <name|path|url>', 'the box (default: by provider)'))
    .addOption(option('--box-checksum <alg:hex>', 'sha256 or sha512 of the box'))
    .addOption(option('--memory <size>', 'memory of a VM (default: 6GiB)').argParser(parseMemory))
    .addOption(option('--cpus <n>', "cores of a VM (default: all of the host's)").argParser(parseCount))
    .addOption(
      option('--jobs <n>', 'machines at once (default: what memory and cores of the host carry)').argParser(
        parseJobs,
      ),
    )
    .addOption(
      option('--golden-box <auto|off>', 'reuse a provisioned box (default: auto)').choices(['auto', 'off']),
    )
    .addOption(
      option('--retry <n>', 'build again when the cause was the network (default: 1)').argParser(parseCount),
    )
    .addOption(option('--timeout <duration>', 'whole build (default: 3h)').argParser(parseDuration))
    .addOption(
      option('--silence <duration>', 'no output for so long (default: 20m)').argParser(parseDuration),
    )
    .addOption(
      option('--on-failure <what>', "a failed build's machine (default: destroy)").choices([
        'destroy',
        'keep',
      ]),
    )
    .addOption(
      option('--keep-for <duration>', 'how long a kept machine may stay (default: 2h)').argParser(
        parseDuration,
      ),
    )
    .addOption(option('--setup', 'do `setup --yes` first'))
    .addOption(option('--junit <file>', 'results as JUnit XML, for CI servers'))
    .optionsGroup('The network as it is:')
    .addOption(option('--maven-settings <file>', 'settings.xml used in place of ours'))
    .addOption(
      option('--mirror <id=url>', 'Maven mirror of a repository id; repeatable').argParser(
        collect(parseMirror),
      ),
    )
    .addOption(
      option('--ca-cert <file>', 'CA certificate (PEM) to be trusted; repeatable').argParser(collect(text)),
    )
    .addOption(option('--proxy <url>', 'proxy for http and https (default: from the environment)'))
    .addOption(noProxyOption());
}

/** Commander takes `--no-x` for the opposite of `--x`; this one is the name that every tool uses. */
function noProxyOption(): Option {
  const made = option('--no-proxy <list>', 'hosts that need no proxy (default: from the environment)');
  made.negate = false;
  return made.env('BUILD_SPARK_NO_PROXY');
}

export function addOutputOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .addOption(option('--json', 'for scripts, on stdout; people read stderr'))
    .addOption(option('--quiet', 'only what went wrong, and the result').conflicts('verbose'))
    .addOption(option('--verbose', 'every line of output'))
    .option('--no-color', 'no colours');
}
