// What the operator asked for, checked as far as that is possible without disk or network.
import {z} from '../core/schema.ts';
import type {FeatureName} from '../catalogue/ref-facts.ts';
import {throwProblems, UsageError, type ExpectedError} from '../core/errors.ts';
import {providers} from '../machine/machine.ts';
import {findRefFault} from '../source/ref.ts';

const featureNames = ['thriftserver', 'sparkr'] as const satisfies readonly FeatureName[];

/** Words that end up as arguments of Maven: refused here unless they are harmless even to a careless script. */
const profilePattern = /^[A-Za-z0-9][\w.-]*$/;
const definePattern = /^[A-Za-z0-9][\w.-]*(=[\w.,:/@+~-]*)?$/;
/** What a folder's name may have on any file system. */
const labelPattern = /^[A-Za-z0-9][\w.-]*$/;
/** Names of dists, their partial folders and machines stay far below what file systems and providers take. */
const labelLimit = 40;

const requestSchema = z.object({
  /** Ranges of CDH versions, of Spark 2 releases, or one git ref; just one of them. */
  cdh: z.array(z.string()).default([]),
  spark2: z.array(z.string()).default([]),
  ref: z.string().optional(),
  newestOf: z.enum(['minor', 'major']).optional(),
  source: z.string().min(1).default('https://github.com/cloudera/spark'),
  /** Asks the source again also for tags that are here already. */
  refresh: z.boolean().default(false),
  features: z.array(z.enum(featureNames)).default(['thriftserver']),
  deps: z.enum(['provided', 'bundled']).default('provided'),
  dependencies: z.enum(['auto', 'cloudera', 'apache']).default('auto'),
  compileTests: z.boolean().default(false),
  /** Paths of this host. */
  patches: z.array(z.string()).default([]),
  profiles: z.array(z.string().regex(profilePattern, 'is not a profile id')).default([]),
  defines: z.array(z.string().regex(definePattern, 'is not key=value')).default([]),
  /** Absolute. */
  output: z.string(),
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
  memoryMib: z.int().min(1024, 'is too little: Maven alone needs more than 1 GiB').default(6144),
  cpus: z.int().positive().optional(),
  goldenBox: z.enum(['auto', 'off']).default('auto'),
  retry: z.int().min(0).max(10).default(1),
  timeoutMs: z
    .number()
    .positive()
    .default(3 * 3_600_000),
  silenceMs: z
    .number()
    .positive()
    .default(20 * 60_000),
  onFailure: z.enum(['destroy', 'keep']).default('destroy'),
  keepForMs: z
    .number()
    .positive()
    .default(2 * 3_600_000),
  mavenSettings: z.string().optional(),
  mirrors: z
    .array(z.object({id: z.string().regex(/^[\w.*!,-]+$/, 'is not a repository id'), url: z.url()}))
    .default([]),
  caCertificates: z.array(z.string()).default([]),
  proxy: z
    .url({protocol: /^https?$/, error: 'is not a URL such as http://proxy.example.com:3128'})
    .optional(),
  noProxy: z.string().optional(),
  force: z.boolean().default(false),
  forceUnsupported: z.boolean().default(false),
  smoke: z.boolean().default(false),
});

export type BuildRequest = Readonly<z.infer<typeof requestSchema>>;
export type BuildRequestInput = z.input<typeof requestSchema>;

/** Option of the command line that sets a field, for messages. */
const optionNames: Readonly<Record<string, string>> = {
  features: '--with',
  profiles: '-P',
  defines: '-D',
  patches: '--patch',
  memoryMib: '--memory',
  goldenBox: '--golden-box',
  timeoutMs: '--timeout',
  silenceMs: '--silence',
  keepForMs: '--keep-for',
  mirrors: '--mirror',
  caCertificates: '--ca-cert',
  boxChecksum: '--box-checksum',
  newestOf: '--newest-of',
  onFailure: '--on-failure',
  noProxy: '--no-proxy',
  mavenSettings: '--maven-settings',
};

/** @throws UsageError naming the option, what is wrong with its value, and where to read more; or all of them at once. */
export function parseRequest(input: BuildRequestInput): BuildRequest {
  const result = requestSchema.safeParse(input);
  throwProblems([
    ...(result.error?.issues ?? []).map((issue) => describeIssue(issue, input)),
    ...findSelectionProblems(input),
    ...(result.data === undefined ? [] : findContradictions(result.data)),
  ]);
  return requestSchema.parse(input);
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
  return new UsageError(
    `${optionNames[field] ?? `--${field}`}${shown}: ${message}.`,
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
        '-D maven.repo.local names a folder of this host, and what stands in for Cloudera lies in the machine’s own.',
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
        '--newest-of chooses among the releases of a range; a ref is just one.',
        'Leave it out.',
      ),
    );
  }
  const fault = ref === undefined ? undefined : findRefFault(ref);
  return fault === undefined ? problems : [...problems, fault];
}
