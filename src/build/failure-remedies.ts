// Owns what to do when Maven cannot get an artifact. Pure; knows the options of the command line by name.
import type {FailedArtifact} from './failure-evidence.ts';

export interface ArtifactFailure {
  readonly kind: 'dependency' | 'network';
  readonly message: string;
  readonly hint: string;
  readonly isRetryable: boolean;
}

/** `network`: it may pass. `dependency`: the same again would fail the same way. */
export function planArtifactFailure({artifact, host, reason, line}: FailedArtifact): ArtifactFailure {
  const what = artifact ?? 'a dependency';
  const where = host === undefined ? '' : ` from ${host}`;
  const permanent = (why: string, hint: string): ArtifactFailure => ({
    kind: 'dependency',
    message: `Maven cannot get ${what}${where}: ${why}`,
    hint,
    isRetryable: false,
  });
  const passing = (why: string): ArtifactFailure => ({
    kind: 'network',
    message: `Maven cannot get ${what}${where}: ${why}`,
    hint: `Try again; a mirror that is nearer is given with --mirror ID=URL, a proxy with --proxy URL.${apache}`,
    isRetryable: true,
  });
  // The source's own modules bear CDH's number too; other dependencies would not bring them.
  const foreign = artifact?.startsWith('org.apache.spark:') === true ? '' : (artifact ?? '');
  const isCloudera = /cloudera|\bcdh/i.test(`${foreign} ${host ?? ''}`);
  const apache = isCloudera ? " Or compile against Apache's releases: --dependencies apache" : '';
  switch (reason) {
    case 'certificate':
      return permanent(
        'its certificate is not trusted in the machine.',
        'Give the certificate of the proxy or company that signed it: --ca-cert FILE',
      );
    case 'blocked-http':
      return permanent(
        'Maven blocks repositories with plain http.',
        `Name a mirror with https for it: --mirror ${findBlockedId(line) ?? 'ID'}=https://…`,
      );
    case 'forbidden':
      return permanent(
        `the repository refuses (${findStatus(line)}).`,
        `Give credentials: --maven-settings FILE, or another mirror: --mirror ID=URL.${apache}`,
      );
    case 'missing':
      return permanent(
        'no repository that was asked has it.',
        `Name one that has it: --mirror ID=URL or --maven-settings FILE.${apache}`,
      );
    case 'unreachable':
      return passing('the host was out of reach.');
    case 'server-error':
      return passing('the host answered with an error of its own.');
    case 'unknown':
      return permanent(line.replace(/^\s*\[\w+\]\s*/, '').slice(0, 300), `Read the log.${apache}`);
  }
}

function findStatus(line: string): string {
  return /\b40[137]\b/.exec(line)?.[0] ?? 'no right to read';
}

/** The first id in `Blocked mirror for repositories: [mapr-repo (http://…, default, releases)]`. */
function findBlockedId(line: string): string | undefined {
  return /Blocked mirror for repositories: \[([\w.-]+) \(/.exec(line)?.[1];
}
