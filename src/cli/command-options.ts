// The options that are not of a build, as data: of output, of the cache, and of each other command.
import {machineRows, networkRows, refreshRow, type OptionRow} from '../recipe/option-table.ts';
import {nodeRows} from './node-options.ts';

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
  more: 'put a password in `BUILD_SPARK_QUEUE` or config.yaml',
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
  bundle: [
    {
      name: 'output',
      value: '<file>',
      kind: 'path',
      scope: 'command',
      sentence: 'with create: the bundle to write',
      isTypedOnly: true,
    },
    {
      name: 'split',
      value: '<size>',
      kind: 'size',
      scope: 'command',
      unset: 'one file',
      sentence: 'with create: in parts of at most so much, <file>.001 and on: 4GiB, 650m',
    },
  ],
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
  doctor: [
    {...queueAddress, sentence: 'look at this queue and its server instead of this host'},
    {name: 'provider', value: '<name>', scope: 'command', sentence: 'look at this one alone'},
    {
      name: 'network',
      scope: 'command',
      sentence:
        'ask only what builds would need of the network and this host has not: with the options of a build',
    },
  ],
  setup: [
    {name: 'provider', value: '<name>', scope: 'command', sentence: 'make this provider usable'},
    {...mirror, sentence: "Debian archive for the box, where this host's apt names none"},
    {name: 'yes', scope: 'command', sentence: 'do not ask'},
    {name: 'undo', scope: 'command', sentence: 'take back what setup did'},
  ],
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
      isTypedOnly: true,
    },
  ],
  logs: [{name: 'follow', short: 'f', scope: 'command', sentence: 'go on as it grows'}],
  report: [
    {
      name: 'output',
      value: '<file>',
      unset: 'report.html',
      scope: 'command',
      sentence: 'the file to write',
      isTypedOnly: true,
    },
    {
      name: 'run',
      value: '<id>',
      scope: 'command',
      sentence: 'only this run: its id, or last',
      unset: 'all of the last 30 days',
    },
    {name: 'open', scope: 'command', sentence: 'show it in your browser'},
    {
      name: 'live',
      scope: 'command',
      sentence:
        'serve it to browsers of this host while runs go on, and change it as they do; Ctrl-C ends it',
    },
    {
      name: 'port',
      value: '<n>',
      kind: 'port',
      unset: 'any that is free',
      scope: 'command',
      sentence: 'with --live: the port of 127.0.0.1',
      isTypedOnly: true,
    },
  ],
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
    {
      name: 'key',
      value: '<file>',
      scope: 'command',
      sentence: 'who should have signed it: a public key, OpenSSH or PEM, or a certificate',
    },
  ],
  reproduce: [
    {
      name: 'output',
      value: '<dir>',
      kind: 'path',
      unset: '`reproduced`, below this one',
      scope: 'command',
      sentence: 'where the second dist goes, and stays',
      isTypedOnly: true,
    },
    {
      name: 'source',
      value: '<source>',
      kind: 'source',
      unset: "the manifest's",
      scope: 'command',
      sentence: 'where the commit is to be had now',
    },
    {
      name: 'patch',
      value: '<file>',
      kind: 'path',
      isRepeatable: true,
      scope: 'command',
      sentence: 'a patch of yours that it was built with; repeatable, in the same order',
    },
  ],
  cache: [
    ...limitRows,
    {name: 'dry-run', scope: 'command', sentence: 'with prune: say what would be removed'},
  ],
  box: [
    {name: 'force', scope: 'command', sentence: 'build it again; with prune: the ones in use too'},
    {...mirror, sentence: "Debian archive to build from, where this host's apt names none"},
    {name: 'provider', value: '<name>', scope: 'command', sentence: 'build the box of this one; default lxc'},
  ],
  ...nodeRows,
} as const satisfies Readonly<Record<string, readonly OptionRow[]>>;
