// Owns what shows that a file which Maven did get is not what it should be: a page in place of a pom, half a jar. Knows no
// remedy. Formats: Maven 3.6 to 3.9, javac 8 to 17, scalac 2.10 to 2.12.
import type {FailedArtifact} from './failure-evidence.ts';

const badPom = /Non-parseable POM (\S+\.pom): (.+)/;
const badJar = [
  /error reading (\S+\.jar); (.+)/,
  /(\S+\.jar)[^/]*?[:;] ((?:error in opening zip file|zip (?:END header not found|file is empty)|invalid (?:CEN|LOC) header).*)/,
];
/** The Scala compiler does not say which jar. */
const someJar =
  /error while loading [^,]+, ((?:error in opening zip file|zip (?:END header not found|file is empty)|invalid (?:CEN|LOC) header).*)/;

/** Only of Maven's local repository: the source's own poms and jars are not fetched. */
export function findDamagedDownload(lines: readonly string[]): FailedArtifact | undefined {
  for (const line of lines) {
    const [, pom, why] = badPom.exec(line) ?? [];
    const path = pom === undefined ? undefined : findRepositoryPath(pom);
    if (path !== undefined) return describe(path, 'not-a-pom', why ?? '', lines);
  }
  for (const line of lines) {
    for (const pattern of badJar) {
      const [, jar = '', why = ''] = pattern.exec(line) ?? [];
      const path = findRepositoryPath(jar);
      if (path !== undefined) return describe(path, 'not-a-jar', why, lines);
    }
    const [, why] = someJar.exec(line) ?? [];
    const path = why === undefined ? undefined : findDoubtfulPath(lines);
    if (path !== undefined) return describe(path, 'not-a-jar', why ?? '', lines);
  }
  return undefined;
}

/** `org/test/thing/1.0/thing-1.0.jar` */
function findRepositoryPath(path: string): string | undefined {
  return /\/repository\/(\S+\/[^/]+\/[^/]+\/[^/]+)$/.exec(path)?.[1];
}

/** Of the last jar whose checksum was wrong, of which Maven only warns. */
function findDoubtfulPath(lines: readonly string[]): string | undefined {
  const url = lines
    .map((line) => /Checksum validation failed, expected .* for (https?:\/\/\S+\.jar)$/.exec(line)?.[1])
    .findLast((found) => found !== undefined);
  return url === undefined ? undefined : new URL(url).pathname.slice(1);
}

function describe(
  path: string,
  reason: 'not-a-pom' | 'not-a-jar',
  why: string,
  lines: readonly string[],
): FailedArtifact {
  const [version = '', artifactId = '', ...groups] = path.split('/').slice(0, -1).reverse();
  const file = path.slice(path.lastIndexOf('/'));
  const about = lines.filter((line) => line.includes(file));
  const url = about
    .map(
      (line) => /(?:Downloaded|Downloading|Downloaded:|Downloading:|for) .*?(https?:\/\/\S+)/.exec(line)?.[1],
    )
    .findLast((found) => found?.endsWith(path) === true);
  const host = url === undefined || !URL.canParse(url) ? undefined : new URL(url).hostname;
  const mangled = about
    .map((line) => /Checksum validation failed, expected .*?(?= from \S+ for |$)/.exec(line)?.[0])
    .find((found) => found !== undefined);
  return {
    artifact: [
      ...[groups.reverse().join('.'), artifactId],
      path.slice(path.lastIndexOf('.') + 1),
      version,
    ].join(':'),
    host,
    reason: mangled === undefined ? reason : 'checksum',
    // Without the place in the file, and the path once more.
    line: [
      ...(mangled === undefined ? [] : [mangled]),
      why.replace(/ \(position: .*| @ .*| -> \[Help \d+\]$/, ''),
    ].join('; '),
  };
}
