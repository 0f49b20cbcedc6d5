// Owns what tell-tale lines of Maven, compilers, apt, yum, Puppet and the kernel look like. Knows no remedy.
// Formats: Maven 3.0 to 3.9, scala-maven-plugin 3 and 4, javac 8, apt 1 and 2, yum 3, dnf 4, Puppet 5 to 8.
// Lines that only mention a word ("OutOfMemoryErrorSuite.scala", "-XX:OnOutOfMemoryError") must not match.

export interface FailedArtifact {
  /** `group:artifact:jar:version`, where a line names it. */
  readonly artifact?: string | undefined;
  /** Host name, or the repository's id where no address is printed. */
  readonly host?: string | undefined;
  /** Of the repository, where the line has it. */
  readonly url?: string | undefined;
  readonly reason:
    | 'certificate'
    | 'blocked-http'
    | 'proxy-login'
    | 'forbidden'
    | 'checksum'
    | 'truncated'
    | 'redirects'
    | 'not-a-pom'
    | 'not-a-jar'
    | 'unreachable'
    | 'server-error'
    | 'no-reason'
    | 'missing'
    | 'unknown';
  /** Maven's own sentence. */
  readonly line: string;
}

export interface CompileErrors {
  /** `sql/hive/HiveContext.scala:34` */
  readonly place: string;
  readonly message: string;
  /** At least one; the compilers' own count where it is higher than what we saw. */
  readonly count: number;
}

const outOfMemory: readonly RegExp[] = [
  /(?:^|[\s(])java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead limit|PermGen|Metaspace|Compressed class|unable to create|Requested array size|Direct buffer|Out of swap|[Cc]ould not allocate)/,
  /^(?:Exception in thread "[^"]*" |Caused by: |\[(?:ERROR|error)\] )*java\.lang\.OutOfMemoryError$/,
  /^\[ERROR\] .*(?:Java heap space|GC overhead limit exceeded|PermGen space|Metaspace)(?: -> \[Help 1\])?$/,
  /^\[ERROR\] The system is out of resources\.$/,
  /There is insufficient memory for the Java Runtime Environment to continue/,
  /(?:: |error=')Cannot allocate memory(?:'|$| \()/,
  /(?:^|[\]\s:])(?:Memory cgroup out of memory|Out of memory): Kill(?:ed)? process \d+/,
  /(?:^|\s)oom-kill:constraint=/,
  /line \d+:\s+\d+ Killed(?:\s|$)/,
];

const noSpace = /No space left on device|no space left on device|Disk quota exceeded/;
/**
 * Which lines count: Maven's errors, which stand behind its mark; a program, which begins with its name; Puppet
 * and package managers. What a test or a source prints begins otherwise, or like a test's report (` » `, `Tests `).
 */
const diskTools: readonly RegExp[] = [
  /^\[(?:ERROR|error)\] (?!\s*(?:Tests |\w*(?:Test|Suite|Spec)\b))/,
  /^(?:\/\S*\/)?(?:cp|mv|tar|rsync|gzip|dd|mkdir|install|ln|rm|cat|sed|tee|touch|zip|jar|javac|git|fatal|error|patch|curl|wget|ssh|scp|dpkg|dpkg-deb|apt-get|rpm|yum|dnf|mktemp|bash|sh)(?:\[\d+\])?: /,
  /^[\w./-]*\.sh: /,
  /^(?:E|W|Err|Error): /,
  /^(?:ENOSPC|EDQUOT): /,
];
/** Of this host, in our own words. */
const ownDisk = /^The disk of .* has too little room for what was built|your disk quota there is used up/;
const packageDisk =
  /You don't have enough free space in|^\s*installing package .* needs \d+ ?[KMG]B |needs \d+ ?[KMG]B (?:more space )?on the/;
/** What ends a build stands at the end of its log, but for Maven's summary and what other threads were at. */
const nearTheEnd = 400;

/** Certificate first: it is also a failed transfer; a missing artifact last: it is what remains. */
const transferReasons: readonly (readonly [FailedArtifact['reason'], RegExp])[] = [
  [
    'certificate',
    /PKIX path|unable to find valid certification path|SSLHandshakeException|CertificateException/,
  ],
  ['blocked-http', /Blocked mirror for repositories|maven-default-http-blocker/],
  ['checksum', /Checksum validation failed/],
  ['truncated', /Premature end of|Premature EOF|GET request of: \S+ from \S+ failed/],
  [
    'redirects',
    /Circular redirect|Maximum redirects|[Tt]oo many redirect|redirected too many|ClientProtocolException/,
  ],
  ['proxy-login', /\b407\b|proxy authentication failed/i],
  [
    'forbidden',
    /\b(?:40[13] (?:Unauthorized|Forbidden)|(?:status|return|response) code(?: is)?:? ?40[13]\b|Not authorized|authentication failed|Authorization failed)/i,
  ],
  [
    'unreachable',
    /Unknown ?host|Name or service not known|Temporary failure in name resolution|nodename nor servname|Connection refused|[Cc]onnect(?:ion)? timed out|Read timed out|Connection reset|Network is unreachable|No route to host|failed to respond|Remote host (?:closed|terminated)|Connection closed|Failed to connect/,
  ],
  ['server-error', /\b(?:50[0234] \w+|(?:status|return) code(?: is)?:? ?50[0234]\b)/i],
  // Maven's older transport keeps the cause to itself, of TLS for one.
  ['no-reason', /[Tt]ransfer failed for https?:/],
  ['missing', /Could not find artifact|Failure to find|was not found in|404 Not Found/],
];

const resolution =
  /Could not resolve dependencies|Could not (?:find|transfer) artifact|Non-resolvable (?:parent|import) POM|Failure to find|Failed to (?:collect dependencies|read artifact descriptor)|could not be resolved|was not found in \S+ during a previous/;

/** The file that was asked for comes before the artifact that it was wanted for. */
const artifactPatterns: readonly RegExp[] = [
  /(?:Could not (?:find|transfer) artifact|Failure to find) ([\w.-]+(?::[\w.-]+){2,4})/,
  /Failed to read artifact descriptor for ([\w.-]+(?::[\w.-]+){2,4})/,
  /(?:^|[ :])((?:[\w.-]+:){2,4}[\w.-]+) (?:was not found|could not be resolved)/,
];

export function findOutOfMemory(lines: readonly string[]): string | undefined {
  return lines.slice(-nearTheEnd).find((line) => outOfMemory.some((pattern) => pattern.test(line)));
}

/** HotSpot's own report of its end: the signal, and the frame that it was in. */
export function findJvmCrash(lines: readonly string[]): string | undefined {
  const start = lines.findLastIndex((line) =>
    line.startsWith('# A fatal error has been detected by the Java'),
  );
  if (start === -1) return undefined;
  const report = lines.slice(start, start + 12).map((line) => line.replace(/^#\s*/, '').trim());
  const signal =
    report.find((line) => /^(?:SIG[A-Z]+|Internal Error|EXCEPTION_)/.test(line)) ?? 'no reason given';
  const frame = report[report.indexOf('Problematic frame:') + 1];
  return frame === undefined || !report.includes('Problematic frame:') ? signal : `${signal}, in ${frame}`;
}

/** The failing tool's own error, not one that a test or a source prints. */
export function findDiskFull(lines: readonly string[]): string | undefined {
  const isOwn = (line: string): boolean =>
    noSpace.test(line) && !line.includes(' » ') && diskTools.some((pattern) => pattern.test(line));
  return lines.slice(-nearTheEnd).find((line) => isOwn(line) || ownDisk.test(line) || packageDisk.test(line));
}

/** Maven's errors only: its warnings about one of several repositories are not failures. */
export function findFailedArtifact(lines: readonly string[]): FailedArtifact | undefined {
  const errors = lines.filter((line) => /^\s*\[(?:ERROR|FATAL)\]/.test(line) && resolution.test(line));
  // "parent.relativePath points at no local POM" hangs on a line that says the true cause as well.
  const first = errors.find((error) => findReason(error) !== 'unknown') ?? errors[0];
  if (first === undefined) return undefined;
  const artifact = findArtifact(first);
  // Maven has a line for each repository that was asked: that one lacks the artifact says less than why another gave none.
  const about = errors.filter((error) => findArtifact(error) === artifact);
  const reason = about.map(findReason).find(tellsMore) ?? findReason(first);
  // Of the same failure Maven says more in some lines than in others.
  const line = about
    .filter((error) => findReason(error) === reason)
    .reduce((longest, error) => (error.length > longest.length ? error : longest), '');
  const url = /https?:\/\/[^\s)]+/.exec(line.replaceAll(/https?:\/\/0\.0\.0\.0\S*/g, ''))?.[0];
  const host =
    /^https?:\/\/(?:[^/@]*@)?([\w.-]+)/.exec(url ?? '')?.[1] ??
    /Unknown ?host:? ([\w.-]+\.\w+)/.exec(line)?.[1];
  return {
    artifact,
    host,
    url,
    reason,
    line,
  };
}

function tellsMore(reason: FailedArtifact['reason']): boolean {
  return reason !== 'missing' && reason !== 'unknown';
}

function findArtifact(line: string): string | undefined {
  return artifactPatterns.map((pattern) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
}

function findReason(line: string): FailedArtifact['reason'] {
  return transferReasons.find(([, pattern]) => pattern.test(line))?.[0] ?? 'unknown';
}

const unreachable =
  /java\.net\.(?:UnknownHost|Connect|NoRouteToHost|SocketTimeout)Exception|Could not resolve host|Temporary failure (?:in name resolution|resolving)/;
const refused = /Connection refused|[Cc]onnection timed out|Network is unreachable|Failed to connect/;

/**
 * Whether a command (git, curl, rsync, wget) says that it could not reach another host.
 * @param mayBeATest Whether a test or a source may have printed it: then the line begins as those of the tools do.
 */
export function findUnreachable(lines: readonly string[], mayBeATest: boolean): string | undefined {
  return lines.slice(-nearTheEnd).find((line) => {
    if (/^(?:curl|wget|fatal|ssh|rsync)\b/.test(line)) return refused.test(line) || unreachable.test(line);
    return unreachable.test(line) && (!mayBeATest || /^\[(?:ERROR|FATAL)\] (?!\s)(?!.* » )/.test(line));
  });
}

/** apt, yum or dnf could not give a package. */
export function findPackageFailure(
  lines: readonly string[],
): {readonly line: string; readonly isNetwork: boolean} | undefined {
  const isFailure = (line: string): boolean =>
    /^E: |^(?:Error: )?(?:Unable to find a match|Nothing to do$|No package \S+ available)|Cannot find a valid baseurl for repo|Error: Failed to download metadata for repo|\[Errno 14\] (?:curl#|HTTPS? Error)|^Error: Cannot find a package|\bE: (?:Unable to locate package|Package '|Failed to fetch)|^Error: .* No package/.test(
      line,
    );
  const line = lines.find(isFailure);
  if (line === undefined) return undefined;
  const isNetwork = lines.some((text) =>
    /^(?:Err:\d|E: Failed to fetch|W: Failed to fetch|\s).*(?:Temporary failure resolving|Could not (?:connect|resolve)|Connection (?:timed out|refused|failed))|Could not resolve host|Cannot find a valid baseurl|Curl error \((?:6|7|28)\)|curl#(?:6|7|28)\b/.test(
      text,
    ),
  );
  const text = /\bE: (?:Unable to locate package|Package '|Failed to fetch).*/.exec(line)?.[0] ?? line;
  return {line: text, isNetwork};
}

/** Puppet's first complaint; the later ones are mostly "Skipping because of failed dependencies". */
export function findPuppetError(lines: readonly string[]): string | undefined {
  const line = lines.find((text) => text.startsWith('Error: '));
  return line?.replace(/^Error: /, '');
}

export function findPatchFailure(lines: readonly string[]): string | undefined {
  return lines.find((line) =>
    /hunks? FAILED|hunks? failed|^patch: \*\*\*\*|^error: patch failed|^error: .*patch does not apply|^can't find file to patch/.test(
      line,
    ),
  );
}

const compileError =
  /^\s*(?:\[(?:ERROR|error)\]\s*)*(?:\[Error\]\s*)?((?:\/|[\w.-]+\/)?[^\s:]+\.(?:scala|java)):(?:\[(\d+),\d+\]|(\d+)(?::\d+)?:)\s*(.*)$/;
const numberWords: Readonly<Record<string, number>> = {
  one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10,
}; // prettier-ignore

/** @param root Folder of the source in the guest, taken off the paths. */
export function findCompileErrors(lines: readonly string[], root: string): CompileErrors | undefined {
  const places = new Map<string, string>();
  let counted = 0;
  for (const line of lines) {
    const count = /^\[(?:ERROR|INFO|error)\] (\w+) errors?(?: found)?\s*$/.exec(line)?.[1];
    if (count !== undefined) counted = Math.max(counted, numberWords[count] ?? (Number(count) || 0));
    const match = compileError.exec(line);
    const isError = /^\s*\[(?:ERROR|error)\]/.test(line) || match?.[4]?.startsWith('error:') === true;
    if (match === null || !isError) continue;
    const place = `${(match[1] ?? '').replace(`${root}/`, '')}:${match[2] ?? match[3] ?? ''}`;
    if (!places.has(place)) places.set(place, (match[4] ?? '').replace(/^error: /, ''));
  }
  const [first] = places;
  if (first === undefined) return undefined;
  return {place: first[0], message: first[1], count: Math.max(places.size, counted)};
}

/** The goal that failed, without Maven's advice behind it. */
export function findFailedGoal(lines: readonly string[]): string | undefined {
  const line = lines.find((text) => text.startsWith('[ERROR] Failed to execute goal '));
  return line?.replace(/^\[ERROR\] /, '').replace(/ -> \[Help \d+\]$/, '');
}

/** The last line of Maven's that names an error, and not where to read about errors. */
export function findLastError(lines: readonly string[]): string | undefined {
  const line = lines.findLast(
    (text) =>
      /\b(?:error|fatal|failed)\b/i.test(text) &&
      !/\[Help \d+\] https?:|To see the full stack trace|Re-run Maven|For more information about the errors|^\[ERROR\]\s*(?:-> \[Help \d+\])?\s*$|The build could not read|The project .* has \d+ error|After correcting the problems|mvn <(?:args|goals)>/.test(
        text,
      ),
  );
  return line?.trim().replace(/\s*-> \[Help \d+\]$/, '');
}
