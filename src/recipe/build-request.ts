// What the operator asked for, checked as far as that is possible without disk or network.
import {z} from '../core/schema.ts';
import {featureNames} from '../catalogue/features.ts';
import {throwProblems, UsageError, type ExpectedError} from '../core/errors.ts';
import {listProblems} from '../core/problems.ts';
import {parsePublishPlace} from '../distribution/publish-place.ts';
import {providers} from '../machine/machine.ts';
import {findRefFault} from '../source/ref.ts';
import {fieldOf, flagOf, listDefaults} from './option-fields.ts';
import {buildRows, type OptionRow} from './option-table.ts';

/** Words that end up as arguments of Maven: refused here unless they are harmless even to a careless script. */
const profilePattern = /^[A-Za-z0-9][\w.-]*$/;
const definePattern = /^[A-Za-z0-9][\w.-]*(=[\w.,:/@+~-]*)?$/;
/** What a folder's name may have on any file system. */
const labelPattern = /^[A-Za-z0-9][\w.-]*$/;
/** Names of dists, their partial folders and machines stay far below what file systems and providers take. */
const labelLimit = 40;

/** Complete: what was not asked for holds its default of the table. */
const requestSchema = z.object({
  /** Ranges of CDH versions, of Spark 2 releases, or one git ref; just one of them. */
  cdh: z.array(z.string()),
  spark2: z.array(z.string()),
  ref: z.string().optional(),
  newestOf: z.enum(['minor', 'major']).optional(),
  source: z.string().min(1),
  /** Of Cloudera's Parquet, where it is compiled too; versions.json names the one that holds without. */
  parquetSource: z.string().min(1).optional(),
  /** Asks the source again also for tags that are here already. */
  refresh: z.boolean(),
  features: z.array(z.enum(featureNames)),
  deps: z.enum(['provided', 'bundled']),
  dependencies: z.enum(['auto', 'cloudera', 'apache']),
  compileTests: z.boolean(),
  /** Paths of this host. */
  patches: z.array(z.string()),
  profiles: z.array(z.string().regex(profilePattern, 'is not a profile id')),
  defines: z.array(z.string().regex(definePattern, 'is not key=value')),
  /** Absolute. */
  output: z.string(),
  /** `user@host:/dir` */
  publish: z.string().optional(),
  label: z
    .string()
    .regex(
      labelPattern,
      'may have letters, digits, dots, dashes and underscores, and begins with a letter or digit',
    )
    .refine(({length}) => length <= labelLimit, {
      error: ({input}) => `has ${String(input).length} characters; ${labelLimit} are allowed`,
    })
    .optional(),
  provider: z.enum([...providers, 'fake']).optional(),
  box: z.string().optional(),
  boxChecksum: z
    .string()
    .regex(
      /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/i,
      'is not sha256:<64 hex digits> or sha512:<128 hex digits>',
    )
    .optional(),
  memoryMib: z.int().min(1024, 'is too little: Maven alone needs more than 1 GiB'),
  cpus: z.int().positive().optional(),
  goldenBox: z.enum(['auto', 'off']),
  retry: z.int().min(0).max(10),
  timeoutMs: z.number().positive(),
  silenceMs: z.number().positive(),
  onFailure: z.enum(['destroy', 'keep']),
  keepForMs: z.number().positive(),
  mavenSettings: z.string().optional(),
  mirrors: z.array(z.object({id: z.string().regex(/^[\w.*!,-]+$/, 'is not a repository id'), url: z.url()})),
  caCertificates: z.array(z.string()),
  proxy: z
    .url({protocol: /^https?$/, error: 'is not a URL such as http://proxy.example.com:3128'})
    .optional(),
  noProxy: z.string().optional(),
  /** No connection is opened. */
  offline: z.boolean(),
  force: z.boolean(),
  forceUnsupported: z.boolean(),
  smoke: z.boolean(),
  reproducible: z.boolean(),
  /** Path of this host. */
  sign: z.string().optional(),
  tar: z.boolean(),
});

export type BuildRequest = Readonly<z.infer<typeof requestSchema>>;
export type BuildRequestInput = Partial<BuildRequest> & Pick<BuildRequest, 'output'>;

/** Of the whole table, once: a batch asks for it in each row. */
const defaults = listDefaults(buildRows);

/** @throws UsageError naming the option, what is wrong with its value, and where to read more; or all of them at once. */
export function parseRequest(input: BuildRequestInput): BuildRequest {
  const result = requestSchema.safeParse({...defaults, ...input});
  throwProblems([
    ...(result.error?.issues ?? []).map((issue) => describeIssue(issue, input)),
    ...findSelectionProblems(input),
    ...(result.data === undefined ? [] : findContradictions(result.data)),
    ...findPublishProblems(input),
  ]);
  return closeNetwork(requestSchema.parse({...defaults, ...input}));
}

/** Who asks nobody needs no mirror, no proxy and no certificate: two offline hosts then ask their caches for the same. */
function closeNetwork(request: BuildRequest): BuildRequest {
  if (!request.offline) return request;
  return {
    ...request,
    ...{mirrors: [], caCertificates: [], mavenSettings: undefined, proxy: undefined, noProxy: '*'},
    ...{refresh: false, retry: 0},
  };
}

function describeIssue({path, message}: z.core.$ZodIssue, input: BuildRequestInput): UsageError {
  const field = String(path[0] ?? '');
  const value: unknown = path.reduce<unknown>(
    (rest, key) => (rest as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
    input,
  );
  // These may hold a password, also where no shape of one can be recognised.
  const shown = ['proxy', 'mirrors'].includes(field)
    ? ''
    : ` ${JSON.stringify(field === 'defines' ? String(value).replace(/=.*/s, '=…') : value)}`;
  const row = buildRows.find((one: OptionRow) => fieldOf(one) === field);
  return new UsageError(
    `${row === undefined ? field : flagOf(row)}${shown}: ${message}.`,
    'See: build-spark --help',
  );
}

function findContradictions({smoke, features, source, compileTests, defines}: BuildRequest): UsageError[] {
  const problems: UsageError[] = [];
  if (smoke && !features.includes('thriftserver')) {
    problems.push(
      new UsageError(
        '--smoke queries the Thriftserver, which this build leaves out.',
        'Add `--with thriftserver`, or leave out --smoke.',
      ),
    );
  }
  if (smoke && source === 'sample') {
    problems.push(
      new UsageError(
        '--smoke cannot work with the sample: it has no engine to run a query.',
        'Leave out --smoke.',
      ),
    );
  }
  if (defines.some((define) => /^maven\.repo\.local(=|$)/.test(define))) {
    problems.push(
      new UsageError(
        '-D maven.repo.local names a folder of this host, but Cloudera’s stand-in lies in the machine’s own repository.',
        'Leave it out: a machine has a local repository of its own, which is kept for later builds.',
      ),
    );
  }
  if (compileTests && defines.some((define) => define.startsWith('maven.test.skip'))) {
    problems.push(
      new UsageError(
        '--compile-tests and -D maven.test.skip contradict each other.',
        'Leave one of them out.',
      ),
    );
  }
  return problems;
}

function findPublishProblems({publish}: BuildRequestInput): readonly ExpectedError[] {
  try {
    if (publish !== undefined) parsePublishPlace(publish);
    return [];
  } catch (error) {
    return listProblems(error);
  }
}

function findSelectionProblems({cdh = [], spark2 = [], ref, newestOf}: BuildRequestInput): ExpectedError[] {
  const problems: ExpectedError[] = [];
  const given = [
    ...(cdh.length > 0 ? ['--cdh'] : []),
    ...(spark2.length > 0 ? ['--spark2'] : []),
    ...(ref === undefined ? [] : ['--ref']),
  ];
  if (given.length === 0)
    problems.push(new UsageError('Nothing says what to build.', 'Name a release: build-spark --cdh 5.7.0'));
  if (given.length > 1)
    problems.push(new UsageError(`${given.join(' and ')} cannot be given together.`, 'Give one of them.'));
  if (ref !== undefined && newestOf !== undefined) {
    problems.push(
      new UsageError(
        '--newest-of chooses among the releases of a range; a ref is a single one.',
        'Leave it out.',
      ),
    );
  }
  const fault = ref === undefined ? undefined : findRefFault(ref);
  return fault === undefined ? problems : [...problems, fault];
}
