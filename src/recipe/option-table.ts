// The options of what builds, once, as data. From it come the command line, BUILD_SPARK_* and config.yaml, the batch
// file's schema, the type of the options, the defaults of a request and docs/reference. docs/adr/0020-options.md
import {defaultFeature, featureChoice, featureNames, features} from '../catalogue/features.ts';
import {providers} from '../machine/machine.ts';
import type {OptionRow} from './option-row.ts';

export {featureNames, providers, type OptionRow};

const range = {value: '<range>', isRepeatable: true, scope: 'asked'} as const;
const text = {value: '<text>', scope: 'row'} as const;
const count = {value: '<n>', kind: 'count', scope: 'row'} as const;
const duration = {value: '<duration>', kind: 'duration', scope: 'row'} as const;
const file = {value: '<file>', kind: 'path'} as const;

export const refreshRow = {
  name: 'refresh',
  scope: 'typed',
  sentence: 'ask the source again also for tags that were fetched before',
  more: 'they may have moved',
} as const satisfies OptionRow;

/** Of every command that could open a connection. */
export const offlineRow = {
  name: 'offline',
  scope: 'run',
  sentence: 'open no connection; what is missing is named before a machine boots',
  more: '`build-spark bundle` brings it here; mirrors, proxies and certificates then have no meaning',
} as const satisfies OptionRow;

/** Which release, and what of it. */
export const selectionRows = [
  {name: 'cdh', ...range, sentence: 'CDH release: 5.7.0, 5.7.x, ">=5.5 <5.8", latest; repeatable'},
  {name: 'spark2', ...range, sentence: 'Spark 2 for CDH 5: 2.4.0-cloudera2, 2.2.x, latest; repeatable'},
  {
    name: 'ref',
    value: '<git ref>',
    scope: 'asked',
    sentence: 'any tag, branch or commit of the source, alone',
    more: 'a commit with all 40 digits',
  },
  {
    name: 'newest-of',
    value: '<line>',
    choices: ['minor', 'major'],
    scope: 'asked',
    sentence: 'keep the newest of each line that a range matched',
  },
  {
    name: 'source',
    value: '<source>',
    kind: 'source',
    scope: 'run',
    default: 'https://github.com/cloudera/spark',
    sentence: 'URL or path of a git repository, or "sample"',
  },
  {
    name: 'parquet-source',
    value: '<source>',
    kind: 'source',
    scope: 'run',
    unset: 'https://github.com/cloudera/parquet-mr',
    sentence: "URL or path of Cloudera's Parquet, where it is compiled too",
    more: 'for Spark 2 and CDH 6 with `--dependencies apache`',
  },
  refreshRow,
  {
    name: 'with',
    value: '<list>',
    kind: 'features',
    scope: 'asked',
    field: 'features',
    default: defaultFeature,
    sentence: featureChoice,
    more: `both with a comma between. ${features.map(({name, sentence}) => `${name}: ${sentence}`).join('; ')}`,
  },
  {
    name: 'deps',
    value: '<flavour>',
    choices: ['provided', 'bundled'],
    scope: 'asked',
    default: 'provided',
    sentence: 'leave out, or include, the jars that CDH has',
  },
  {
    name: 'dependencies',
    value: '<whose>',
    choices: ['auto', 'cloudera', 'apache'],
    scope: 'asked',
    default: 'auto',
    sentence: "compile against Cloudera's or Apache's Hadoop and Hive",
  },
  {
    name: 'compile-tests',
    scope: 'row',
    sentence: "compile Spark's own tests too: the same dist in twice the time",
  },
  {
    name: 'patch',
    ...file,
    isRepeatable: true,
    scope: 'row',
    field: 'patches',
    sentence: 'apply to the source after ours; repeatable',
  },
  {
    name: 'profile',
    short: 'P',
    value: '<id>',
    isRepeatable: true,
    scope: 'row',
    field: 'profiles',
    sentence: 'Maven profile; repeatable',
  },
  {
    name: 'define',
    short: 'D',
    value: '<key=value>',
    isRepeatable: true,
    scope: 'row',
    field: 'defines',
    sentence: 'Maven property; repeatable',
  },
  {
    name: 'output',
    value: '<dir>',
    kind: 'path',
    scope: 'run',
    unset: 'this one',
    sentence: 'parent folder of the dists',
  },
  {
    name: 'publish',
    value: '<user@host:/dir>',
    scope: 'run',
    sentence: 'put each finished dist there too, with rsync over ssh',
  },
  {
    name: 'label',
    ...text,
    sentence: 'suffix of your own for the names of the dists',
    more: 'at most 40 characters',
  },
  {
    name: 'force',
    scope: 'row',
    sentence: 'build although an identical dist is there, or replace one made otherwise',
  },
  {name: 'force-unsupported', scope: 'row', sentence: 'try what the catalogue says cannot work'},
  {
    name: 'smoke',
    scope: 'row',
    sentence: 'start the built Thriftserver in the VM and query it',
    more: 'not for the sample',
  },
  {
    name: 'reproducible',
    scope: 'row',
    sentence: "the same bytes from the same inputs: the commit's date in place of the time",
    more: '[proof](../proof.md)',
  },
  {
    name: 'sign',
    value: '<key>',
    kind: 'path',
    scope: 'run',
    sentence: 'sign who built it from what; an OpenSSH or PEM key without passphrase',
    more: 'a dist that is up to date is signed too; `verify --key` checks it: [proof](../proof.md)',
  },
  {
    name: 'tar',
    scope: 'run',
    sentence: 'also write each dist as a .tgz beside it: owners by number, entries sorted',
  },
] as const satisfies readonly OptionRow[];

export const machineRows = [
  {
    name: 'provider',
    value: '<name>',
    kind: 'provider',
    scope: 'run',
    unset: 'the first that works here',
    sentence: providers.join(', '),
  },
  {
    name: 'box',
    value: '<name|path|url>',
    kind: 'box',
    scope: 'run',
    unset: 'by provider',
    sentence: 'the box',
  },
  {name: 'box-checksum', value: '<alg:hex>', scope: 'run', sentence: 'sha256 or sha512 of the box'},
  {
    name: 'memory',
    value: '<size>',
    kind: 'memory',
    scope: 'row',
    field: 'memoryMib',
    default: '6GiB',
    sentence: 'memory of a VM',
    more: '`6GiB`, `6g`, `6144MiB`',
  },
  {name: 'cpus', ...count, unset: "all of the host's, one where it is emulated", sentence: 'cores of a VM'},
  {
    name: 'jobs',
    value: '<n>',
    kind: 'jobs',
    scope: 'run',
    field: null,
    unset: 'what memory and cores of the host carry',
    sentence: 'machines at once',
    more: '1 to 64; the disk counts too',
  },
  {
    name: 'golden-box',
    value: '<auto|off>',
    choices: ['auto', 'off'],
    scope: 'run',
    default: 'auto',
    sentence: 'reuse a provisioned box',
    more: 'a build without one keeps its own; lxc only',
  },
  {name: 'retry', ...count, default: '1', sentence: 'build again when the cause was the network'},
  {name: 'timeout', ...duration, field: 'timeoutMs', default: '3h', sentence: 'whole build'},
  {name: 'silence', ...duration, field: 'silenceMs', default: '20m', sentence: 'no output for so long'},
  {
    name: 'on-failure',
    value: '<what>',
    choices: ['destroy', 'keep'],
    scope: 'row',
    default: 'destroy',
    sentence: "a failed build's machine",
  },
  {
    name: 'keep-for',
    ...duration,
    field: 'keepForMs',
    default: '2h',
    sentence: 'how long a kept machine may stay',
  },
  {
    name: 'queue',
    value: '<url>',
    scope: 'typed',
    field: null,
    unset: 'this host builds',
    sentence: 'hand the builds to the workers of this queue: redis://host',
    more: 'put a password in `BUILD_SPARK_QUEUE` or config.yaml: docs/fleet.md',
  },
  {name: 'setup', scope: 'typed', field: null, sentence: 'do `setup --yes` first'},
  {name: 'junit', ...file, scope: 'run', field: null, sentence: 'results as JUnit XML, for CI servers'},
] as const satisfies readonly OptionRow[];

export const networkRows = [
  {name: 'maven-settings', ...file, scope: 'run', sentence: 'settings.xml used in place of ours'},
  {
    name: 'mirror',
    value: '<id=url>',
    kind: 'mirror',
    isRepeatable: true,
    scope: 'run',
    field: 'mirrors',
    sentence: 'Maven mirror of a repository id; repeatable',
  },
  {
    name: 'ca-cert',
    ...file,
    isRepeatable: true,
    scope: 'run',
    field: 'caCertificates',
    sentence: 'CA certificate (PEM) to be trusted; repeatable',
    more: 'besides those of the host',
  },
  {
    name: 'proxy',
    value: '<url>',
    scope: 'run',
    unset: 'from the environment',
    sentence: 'proxy for http and https',
  },
  {
    name: 'no-proxy',
    value: '<list>',
    scope: 'run',
    unset: 'from the environment',
    sentence: 'hosts that need no proxy',
  },
  offlineRow,
] as const satisfies readonly OptionRow[];

export const buildRows = [...selectionRows, ...machineRows, ...networkRows] as const;
