// The options of the commands that bring a dist onto nodes of a cluster, or ask what is there.
import type {OptionRow} from '../recipe/option-table.ts';

const hostRow = {
  name: 'host',
  value: '<host>',
  isRepeatable: true,
  isMandatory: true,
  scope: 'command',
  sentence: 'user@node, user@node:port, an alias of ~/.ssh/config, or localhost; repeatable',
} as const;
const layoutRow = {
  name: 'layout',
  value: '<layout>',
  choices: ['overlay', 'recipe'],
  default: 'overlay',
  scope: 'command',
  sentence: 'beside the parcel, or over its files as in the original recipe',
} as const;
const parcelsRow = {
  name: 'parcels',
  value: '<folder>',
  default: '/opt/cloudera/parcels',
  scope: 'command',
  sentence: 'where the parcels are',
} as const;
const askPasswordRow = {
  name: 'ask-password',
  scope: 'command',
  sentence: 'ask for passwords, of the login and of sudo, on the terminal',
} as const;
const ofInstall = 'as at the install';

export const nodeRows = {
  parcel: [
    {
      name: 'distro',
      value: '<name>',
      isRepeatable: true,
      unset: 'el7',
      scope: 'command',
      sentence: 'the system of the nodes, as Cloudera Manager calls it: el6, el7, sles12, xenial; repeatable',
      more: 'a dist is the same on all of them: each is a file of its own name',
    },
    {
      name: 'output',
      value: '<dir>',
      default: '.',
      scope: 'command',
      sentence: 'folder of the parcels, with the manifest.json of a repository',
      isTypedOnly: true,
    },
    {
      name: 'port',
      value: '<n>',
      kind: 'port',
      default: '8900',
      scope: 'command',
      sentence: 'with serve: what to listen on',
      isTypedOnly: true,
    },
    {
      name: 'bind-host',
      value: '<host>',
      default: '127.0.0.1',
      scope: 'command',
      sentence: 'with serve: name or address of this host; 0.0.0.0 for all',
      isTypedOnly: true,
    },
  ],
  smoke: [
    hostRow,
    layoutRow,
    {
      name: 'port',
      value: '<n>',
      kind: 'port',
      unset: ofInstall,
      scope: 'command',
      sentence: 'of the Thriftserver',
    },
    {
      name: 'user',
      value: '<name>',
      unset: ofInstall,
      scope: 'command',
      sentence: 'as whom the questions are asked',
    },
    {name: 'bind-host', value: '<host>', unset: ofInstall, scope: 'command', sentence: 'what it listens on'},
    {
      name: 'keytab',
      value: '<file>',
      unset: ofInstall,
      scope: 'command',
      sentence: 'with Kerberos: keys to log in with, on the node',
    },
    {
      name: 'principal',
      value: '<principal>',
      unset: ofInstall,
      scope: 'command',
      sentence: 'with Kerberos: of the server',
    },
    parcelsRow,
    {
      name: 'database',
      value: '<name>',
      unset: 'one of its own, which is dropped',
      scope: 'command',
      sentence: 'make the tables in this one, where databases cannot be made',
    },
    askPasswordRow,
  ],
  install: [
    hostRow,
    layoutRow,
    {
      name: 'role',
      value: '<role>',
      choices: ['thriftserver', 'gateway'],
      default: 'thriftserver',
      scope: 'command',
      sentence: 'a server, or only the commands: spark-sql, sparkR, beeline',
    },
    {
      name: 'port',
      value: '<n>',
      kind: 'port',
      default: '10015',
      scope: 'command',
      sentence: 'of the Thriftserver',
    },
    {
      name: 'user',
      value: '<name>',
      default: 'hive',
      scope: 'command',
      sentence: 'who runs the Thriftserver',
    },
    {
      name: 'bind-host',
      value: '<host>',
      unset: "the node's own full name",
      scope: 'command',
      sentence: 'what it listens on',
    },
    {
      name: 'keytab',
      value: '<file>',
      unset: 'the one that hive-site.xml names with a whole path',
      scope: 'command',
      sentence: 'with Kerberos: the keys of the server, on the node',
    },
    {
      name: 'principal',
      value: '<principal>',
      unset: 'the one of hive-site.xml',
      scope: 'command',
      sentence: 'with Kerberos: whose keys, hive/_HOST@REALM; behind a balancer hive/<its name>@REALM',
    },
    parcelsRow,
    {
      name: 'spec-out',
      value: '<file>',
      scope: 'command',
      sentence:
        'write the thriftserver: part of an impala-ha spec, with all these nodes, into a new file here',
    },
    {
      name: 'force-version',
      scope: 'command',
      sentence:
        "install although the dist is for another version than the node's, or does not link with its jars",
    },
    askPasswordRow,
    {name: 'dry-run', scope: 'command', sentence: 'print each command, and change nothing'},
    {name: 'rollback', scope: 'command', sentence: 'put back what the last install replaced'},
  ],
} as const satisfies Readonly<Record<string, readonly OptionRow[]>>;
