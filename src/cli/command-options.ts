// The options that are not of a build, as data: of output, of the cache, and of each other command.
import {machineRows, networkRows, refreshRow, type OptionRow} from '../recipe/option-table.ts';

export const outputRows: readonly OptionRow[] = [
  {name: 'json', scope: 'typed', sentence: 'for scripts, on stdout; people read stderr'},
  {
    name: 'quiet',
    scope: 'typed',
    sentence: 'only what went wrong, and the result',
    conflicts: 'verbose',
  },
  {name: 'verbose', scope: 'typed', sentence: 'every line of output'},
  {name: 'no-color', scope: 'command', sentence: 'no colours', more: '`NO_COLOR` does the same'},
];

/** Of `cache`, and unlisted of what builds, for whoever sets them in config.yaml. */
export const limitRows: readonly OptionRow[] = [
  {
    name: 'keep-days',
    value: '<n>',
    kind: 'days',
    scope: 'typed',
    sentence: 'prune what nobody used for so many days',
  },
  {
    name: 'max-size',
    value: '<size>',
    kind: 'size',
    scope: 'typed',
    sentence: 'prune the least recently used down to this: 20GiB, 500m, 0',
  },
];

const range = {value: '<range>', scope: 'command'} as const;
const mirror = {name: 'mirror', value: '<url>', kind: 'archive', scope: 'command'} as const;

const queueAddress = {
  name: 'queue',
  value: '<url>',
  scope: 'typed',
  more: 'a password in it belongs into `BUILD_SPARK_QUEUE` or config.yaml',
} as const;
const queueRow = {...queueAddress, isMandatory: true, sentence: 'of the builds: redis://host'} as const;

/** What a worker has of its own host, where a job does not say it. */
const hostRows = [...machineRows, ...networkRows].filter(({name}) =>
  ['provider', 'box', 'box-checksum', 'maven-settings', 'mirror', 'ca-cert', 'proxy', 'no-proxy'].includes(
    name,
  ),
);

/** By the command's name. */
export const commandRows = {
  releases: [
    {name: 'cdh', ...range, sentence: 'only these releases of CDH'},
    {name: 'spark2', ...range, sentence: 'only these releases of Spark 2 for CDH 5'},
  ],
  inspect: [
    {
      name: 'ref',
      value: '<git ref>',
      scope: 'command',
      isMandatory: true,
      sentence: 'tag, branch or commit',
    },
    {
      name: 'source',
      value: '<source>',
      scope: 'command',
      sentence: 'URL or path of a git repository, or "sample"',
    },
    refreshRow,
  ],
  setup: [
    {name: 'provider', value: '<name>', scope: 'command', sentence: 'make this provider usable'},
    {...mirror, sentence: "Debian archive for the box, where this host's apt names none"},
    {name: 'yes', scope: 'command', sentence: 'do not ask'},
    {name: 'undo', scope: 'command', sentence: 'take back what setup did'},
  ],
  doctor: [{...queueAddress, sentence: 'look at this queue and its server instead of this host'}],
  queue: [queueRow],
  worker: [
    queueRow,
    {
      name: 'jobs',
      value: '<n>',
      kind: 'jobs',
      scope: 'command',
      unset: 'what memory and cores of this host carry',
      sentence: 'machines at once',
    },
    {name: 'once', scope: 'command', sentence: 'end when there is nothing more to take: for cron'},
    {
      name: 'address',
      value: '<user@host>',
      scope: 'command',
      unset: 'the name of this host',
      sentence: 'by which coordinators fetch dists from here, with ssh',
      more: '`user@host:port` for another port',
    },
    ...hostRows,
  ],
  reap: [
    {name: 'all', scope: 'command', sentence: 'kept ones too'},
    {
      name: 'host',
      value: '<name>',
      scope: 'command',
      sentence: 'this other host, named as `machines` shows it, is gone for good: what it held is free',
      more: 'its locks, marks and half dists are removed, its journal entries closed',
    },
  ],
  fetch: [
    {
      name: 'output',
      value: '<dir>',
      scope: 'command',
      sentence: 'another parent folder than that of the build',
    },
  ],
  logs: [{name: 'follow', short: 'f', scope: 'command', sentence: 'go on as it grows'}],
  verify: [
    {
      name: 'against',
      value: '<folder>',
      isRepeatable: true,
      scope: 'command',
      sentence:
        'jars or classes of a cluster: name what of Hive, Hadoop and YARN the dist needs and they lack',
      more: 'for instance `/opt/cloudera/parcels/CDH/lib/hive/lib`; repeatable, of a class that is in several the first counts',
    },
  ],
  cache: [
    ...limitRows,
    {name: 'dry-run', scope: 'command', sentence: 'with prune: say what would be removed'},
  ],
  box: [
    {name: 'force', scope: 'command', sentence: 'build it again; with prune: the ones in use too'},
    {...mirror, sentence: "Debian archive to build from, where this host's apt names none"},
  ],
  install: [
    {
      name: 'host',
      value: '<host>',
      isRepeatable: true,
      isMandatory: true,
      scope: 'command',
      sentence: 'user@node, user@node:port, an alias of ~/.ssh/config, or localhost; repeatable',
    },
    {
      name: 'layout',
      value: '<layout>',
      choices: ['overlay', 'recipe'],
      default: 'overlay',
      scope: 'command',
      sentence: 'beside the parcel, or over its files as in the original recipe',
    },
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
    {
      name: 'parcels',
      value: '<folder>',
      default: '/opt/cloudera/parcels',
      scope: 'command',
      sentence: 'where the parcels are',
    },
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
    {
      name: 'ask-password',
      scope: 'command',
      sentence: 'ask for passwords, of the login and of sudo, on the terminal',
    },
    {name: 'dry-run', scope: 'command', sentence: 'print each command, and change nothing'},
    {name: 'rollback', scope: 'command', sentence: 'put back what the last install replaced'},
  ],
} as const satisfies Readonly<Record<string, readonly OptionRow[]>>;
