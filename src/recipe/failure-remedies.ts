// Owns what to do when Maven cannot get an artifact. Pure; knows the options of the command line by name.
import {findProxyFor, type Proxies} from '../core/proxies.ts';
import type {FailedArtifact} from './failure-evidence.ts';

export interface ArtifactFailure {
  readonly kind: 'dependency' | 'network';
  readonly message: string;
  readonly hint: string;
  readonly isRetryable: boolean;
}

/**
 * `network`: it may pass. `dependency`: the same again would fail the same way.
 * @param proxies Those of the machine: Maven does not tell a proxy's refusal from a repository's.
 */
export function planArtifactFailure(found: FailedArtifact, proxies: Proxies = {}): ArtifactFailure {
  const {artifact, host, url, reason, line} = found;
  const what = artifact ?? 'a dependency';
  const where = host === undefined ? '' : ` from ${host}`;
  const permanent = (why: string, hint: string): ArtifactFailure => ({
    kind: 'dependency',
    message: `Maven cannot get ${what}${where}: ${why}`,
    hint,
    isRetryable: false,
  });
  const passing = (
    why: string,
    hint = 'Try again; a mirror that is nearer is given with --mirror ID=URL, a proxy with --proxy URL.',
  ): ArtifactFailure => ({
    kind: 'network',
    message: `Maven cannot get ${what}${where}: ${why}`,
    hint: `${hint}${apache}`,
    isRetryable: true,
  });
  const place = /^https?:\/\/(.*)$/.exec(url ?? '')?.[1] ?? 'HOST/…';
  const keeper = host === undefined ? 'whoever runs the repository' : `whoever runs ${host}`;
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
    case 'proxy-login':
      return permanent(
        'the proxy wants a login (407).',
        'Give it in the address of the proxy: --proxy http://USER:PASSWORD@HOST:PORT',
      );
    case 'checksum':
      return line.includes('no checksums available')
        ? permanent(
            'the repository has no checksum for it.',
            `Ask ${keeper} to serve its .sha1 too, or name another mirror: --mirror ID=URL.${apache}`,
          )
        : passing(
            `what came has another checksum than the repository says. ${cleanSentence(line)}`,
            `If that stays so, ask ${keeper} to throw its copy away, or name another mirror: --mirror ID=URL.`,
          );
    case 'truncated':
      return passing(
        `it broke off. ${cleanSentence(line)}`,
        `If that stays so, ask ${keeper} to throw its copy away, or name another mirror: --mirror ID=URL.`,
      );
    case 'redirects':
      return permanent(
        `the repository redirects in a circle, or answers otherwise than HTTP allows. ${cleanSentence(line)}`,
        `See where it leads: curl -sIL ${url ?? 'URL'}. Another mirror is named with --mirror ID=URL.${apache}`,
      );
    case 'not-a-pom':
    case 'not-a-jar':
      return permanent(
        `what came is not a ${reason === 'not-a-pom' ? 'pom' : 'jar'}, perhaps a page to log in. ${line}`,
        `Ask ${keeper} to throw its copy away; give credentials with --maven-settings FILE, or another mirror with --mirror ID=URL.${apache}`,
      );
    case 'forbidden':
      if (isThroughProxy(url, proxies) && findStatus(line) !== '401') {
        return permanent(
          `the proxy, or the repository behind it, refuses (${findStatus(line)}).`,
          `Have the proxy let ${host ?? 'it'} through, or name it in --no-proxy where the machine needs no proxy for it.${apache}`,
        );
      }
      return permanent(
        `the repository refuses (${findStatus(line)}).`,
        `Give a login that it takes: --mirror ${findAsked(line) ?? 'ID'}=https://USER:PASSWORD@${place}, or --maven-settings FILE.${apache}`,
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
    case 'no-reason':
      return passing(
        'the transfer failed, and Maven does not say why: a certificate that the machine does not trust, or a connection that broke or fell silent.',
        `See what is there: curl -sIL ${/failed for (https?:\/\/\S+)/.exec(line)?.[1] ?? 'URL'}. A certificate is given with --ca-cert FILE, another mirror with --mirror ID=URL.`,
      );
    case 'unknown':
      return permanent(
        line.replace(/^\s*\[\w+\]\s*|\s*-> \[Help \d+\]$/g, '').slice(0, 300),
        `Read the log.${apache}`,
      );
  }
}

function isThroughProxy(url: string | undefined, proxies: Proxies): boolean {
  return url !== undefined && URL.canParse(url) && findProxyFor(proxies, new URL(url)) !== undefined;
}

/** What Maven says at the end of its line, behind the artifact and the repository. */
function cleanSentence(line: string): string {
  const [, sentence = line] = /(?:.*\(https?:\/\/[^)]*\): |^)(.*)$/s.exec(line) ?? [];
  return sentence
    .replace(/\s*-> \[Help \d+\]$/, '')
    .replace(/ and 'parent\.relativePath' points at no local POM[^:]*/, '')
    .slice(0, 300);
}

/** The repository that a mirror of ours stands for: `from/to cloudera (https://…)`. */
function findAsked(line: string): string | undefined {
  const id = /from\/to ([\w.-]+) \(/.exec(line)?.[1];
  return id === 'cloudera' ? 'cdh.repo' : id;
}

function findStatus(line: string): string {
  return /\b40[137]\b/.exec(line)?.[0] ?? 'no right to read';
}

/** The first id in `Blocked mirror for repositories: [mapr-repo (http://…, default, releases)]`. */
function findBlockedId(line: string): string | undefined {
  return /Blocked mirror for repositories: \[([\w.-]+) \(/.exec(line)?.[1];
}
