// Decides whose dependencies a source is compiled against: Cloudera's or Apache's. Pure: the probe's answer is given.
import {HostError, UsageError} from '../core/errors.ts';
import type {MavenCoordinates} from './pom.ts';
import type {SourceFacts} from './source-facts.ts';
import {findClouderaUrl, type DependenciesMode, type Network} from './maven-network.ts';
import type {StandIn} from './stand-in.ts';

export type DependenciesRequest = 'auto' | 'cloudera' | 'apache';

export interface Choice {
  readonly mode: DependenciesMode;
  /** One sentence for people: which of the two, and why. */
  readonly reason: string;
  /** A build would be refused: only `plan` and `source`, which print the reason, go on. */
  readonly isMissing?: true;
}

export const lacks = ['login', 'proxy-login', 'certificate'] as const;
type Lack = (typeof lacks)[number];

/** What the probe of Cloudera's repository found. */
export interface ProbeResult {
  /** With what was asked for. */
  readonly isAnswering: boolean;
  /** It answered, but with something else. */
  readonly isThere?: boolean;
  /** What was asked for. */
  readonly url: string;
  /** `HTTP 200`, or why the answer cannot be used. */
  readonly detail: string;
  /** What would have to be given besides. */
  readonly lacks?: Lack | undefined;
}

/** A file that must be there, if the repository is of any use to a release. */
export interface ProbeQuestion {
  /** User and password may be in it. */
  readonly url: string;
  readonly artifactId: string;
  readonly version: string;
}

/** What the probe asks for: the parent pom of this source. undefined: its parent is not Cloudera's. */
export function planProbe(
  {hasClouderaParent, parent}: SourceFacts,
  standIn: StandIn,
  mirrors: Network['mirrors'],
): ProbeQuestion | undefined {
  return hasClouderaParent && parent !== undefined ? planQuestion(parent, standIn, mirrors) : undefined;
}

export function planQuestion(
  {groupId, artifactId, version}: MavenCoordinates,
  standIn: StandIn,
  mirrors: Network['mirrors'],
): ProbeQuestion {
  const base = findClouderaUrl(standIn, mirrors).replace(/\/+$/, '');
  const url = `${base}/${groupId.replaceAll('.', '/')}/${artifactId}/${version}/${artifactId}-${version}.pom`;
  return {url, artifactId, version};
}

/**
 * @param probe undefined where `planProbe` gave no address.
 * @throws HostError when Cloudera's repository is wanted and does not answer.
 * @throws UsageError when neither can be had for this source.
 */
export function chooseDependencies(
  requested: DependenciesRequest,
  facts: SourceFacts,
  standIn: StandIn,
  probe: ProbeResult | undefined,
): Choice {
  if (!facts.hasClouderaParent) {
    return {
      mode: 'none',
      reason: "The source does not have Cloudera's parent pom: its dependencies are public.",
    };
  }
  const line = facts.line ?? '';
  const hasStandIn = Object.hasOwn(standIn.lines, line);
  const found = describeProbe(probe);
  if (requested !== 'apache' && probe?.isAnswering === true) {
    return {
      mode: 'cloudera',
      reason: `Cloudera's repository answers (${probe.detail}): compiled against Cloudera's own releases.`,
    };
  }
  if (requested === 'cloudera') {
    throw new HostError(
      `${found}. Asked for: ${probe?.url ?? 'nothing'}`,
      (findRemedy(probe) ?? 'Name a copy of it with --mirror cdh.repo=<url>, or give --proxy <url>') +
        (hasStandIn ? ', or type the same with --dependencies apache.' : '.'),
    );
  }
  if (!hasStandIn) {
    const known = `--dependencies apache knows the lines ${Object.keys(standIn.lines).join(', ')}, not ${line}`;
    if (requested === 'apache')
      throw new UsageError(`${known}.`, 'Use --dependencies cloudera, or build another release.');
    throw new HostError(
      `${found}, and ${known}.`,
      findRemedy(probe) ??
        'Name a copy of the repository with --mirror cdh.repo=<url>, or give --proxy <url>.',
    );
  }
  const why = requested === 'apache' ? 'As asked' : found;
  return {
    mode: 'apache',
    reason: `${why}: compiled against Apache's releases, which stand in for CDH ${line}.`,
  };
}

/** What to type, where the answer says what was missing. */
function findRemedy(probe: ProbeResult | undefined): string | undefined {
  switch (probe?.lacks) {
    case 'login':
      return 'Give its login: --mirror cdh.repo=https://USER:PASSWORD@HOST/…';
    case 'proxy-login':
      return 'Give the login of the proxy: --proxy http://USER:PASSWORD@HOST:PORT';
    case 'certificate':
      return 'Give the certificate of whoever signed it: --ca-cert FILE';
    case undefined:
      return undefined;
  }
}

function describeProbe(probe: ProbeResult | undefined): string {
  if (probe === undefined) return "Cloudera's repository was not asked";
  const how = probe.isThere === true ? 'answers, but not with the parent pom' : 'does not answer';
  return `Cloudera's repository ${how} (${probe.detail})`;
}
