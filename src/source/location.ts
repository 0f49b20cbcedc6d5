// Reads what `--source` names. Pure: looks at no disk and no network.
import {createHash} from 'node:crypto';
import {resolve} from 'node:path';
import {UsageError} from '../core/errors.ts';
import {createRedactor, findUrlSecrets} from '../core/redact.ts';

export type SourceLocation = {
  /** Safe to print and to store: no password, no token. */
  readonly name: string;
  /** Folder name of its mirror: readable, and different for every source. */
  readonly slug: string;
} & (
  | {readonly type: 'sample'}
  /** @property path Absolute. */
  | {readonly type: 'path'; readonly path: string}
  | {readonly type: 'url'; readonly url: string}
);

/** What git may use; in particular not `ext::`, which runs commands. */
export const allowedProtocols = ['https', 'http', 'ssh', 'git', 'file'] as const;

const hint = 'Give `sample`, the path of a repository, or a URL such as https://github.com/cloudera/spark';

/** @throws UsageError for what cannot be a source. */
export function parseSource(text: string, cwd: string): SourceLocation {
  if (text === '' || hasControlCharacter(text))
    throw new UsageError('The source is empty or has a control character in it.', hint);
  if (text.startsWith('-')) throw new UsageError(`"${text}" is not a source: it begins with a dash.`, hint);
  if (text === 'sample') return {type: 'sample', name: 'sample', slug: 'sample'};
  const protocol = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (protocol !== undefined) return parseUrl(text, protocol);
  if (/^[a-z][a-z0-9+.-]*::/i.test(text))
    throw new UsageError(`"${printable(text)}" is not a source: git's remote helpers are not used.`, hint);
  if (/^[\w.-]+@[\w.-]+:[^:]/.test(text)) return locate(text, text); // user@host:path, as ssh has it
  if (/^(github|gitlab)\.com\/[\w.-]+\/[\w.-]+$/.test(text)) return parseUrl(`https://${text}`, 'https');
  const path = resolve(cwd, text);
  return {type: 'path', path, name: path, slug: slugOf(path, path)};
}

function parseUrl(text: string, protocol: string): SourceLocation {
  const isAllowed = (allowedProtocols as readonly string[]).includes(protocol);
  if (!isAllowed || !URL.canParse(text) || /\s/.test(text))
    throw new UsageError(`"${printable(text)}" is not a source: git cannot fetch from such a URL.`, hint);
  const url = new URL(text);
  const name = new URL(text);
  name.password = '';
  // A user name by itself may be a token; with ssh it is needed to reach the host and is not secret.
  if (protocol !== 'ssh') name.username = '';
  name.search = '';
  name.hash = '';
  return locate(url.href, name.href);
}

function locate(url: string, name: string): SourceLocation {
  return {type: 'url', url, name, slug: slugOf(name, name.replace(/\.git$|\/$/, ''))};
}

/** As of `user@host:path` too. @returns The name of what is no URL. */
export function hostOf(source: SourceLocation): string {
  if (source.type !== 'url') return source.name;
  if (URL.canParse(source.url) && source.url.includes('://'))
    return new URL(source.url).hostname.replace(/^\[|\]$/g, '');
  return /^(?:[^@/]*@)?([^:/]+):/.exec(source.url)?.[1] ?? source.name;
}

/** The hash is over what may be known, so that it gives no password away and survives a new token. */
function slugOf(identity: string, readable: string): string {
  const hash = createHash('sha256')
    .update(identity.replace(/(\.git)?\/*$/, ''))
    .digest('hex');
  const words = readable
    .replace(/^[a-z]+:\/\//, '')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return `${words.slice(-40).replace(/^-/, '') || 'source'}-${hash.slice(0, 12)}`;
}

function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function printable(text: string): string {
  return createRedactor(findUrlSecrets(text))(text);
}
