// Decides whether a host's key is the one that known_hosts names. Pure but for reading the files.
import {createHash, createHmac} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {glob} from 'ssh-config';
import {describeError, hasErrorCode, UsageError} from '../core/errors.ts';

/** One line. Source of the format: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export interface KnownHost {
  readonly marker?: 'cert-authority' | 'revoked';
  /** As written: names and patterns with commas, or one that is hashed. */
  readonly hosts: string;
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  /** In base64. */
  readonly key: string;
  /** `path:line`, for messages. */
  readonly place: string;
}

export type HostKeyVerdict =
  | {readonly status: 'known'}
  | {readonly status: 'unknown' | 'authority'}
  | {readonly status: 'changed' | 'revoked'; readonly place: string};

/** Files that are not there count as empty. */
export async function readKnownHosts(files: readonly string[]): Promise<readonly KnownHost[]> {
  const lists = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, 'utf8').catch((error: unknown) => {
        if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return '';
        throw new UsageError(`${file} cannot be read: ${describeError(error)}`, `Look at it: ls -l ${file}`);
      });
      return parseKnownHosts(text, file);
    }),
  );
  return lists.flat();
}

/** Lines that are not of the format are left out, as ssh does. */
export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const match = /^\s*(?:@(cert-authority|revoked)\s+)?([^#@\s]\S*)\s+(\S+)\s+([A-Za-z0-9+/=]+)/.exec(line);
    if (match === null) return [];
    const [, marker, hosts = '', type = '', key = ''] = match;
    return [
      {
        ...(marker === undefined ? {} : {marker: marker as 'cert-authority' | 'revoked'}),
        hosts,
        type,
        key,
        place: `${file}:${index + 1}`,
      },
    ];
  });
}

/** The name under which a host's key is looked up. */
export function renderHostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** The lines that speak of a host; those of its plain name when there are none for the port. As ssh does. */
export function findKnownHosts(
  entries: readonly KnownHost[],
  host: string,
  port: number,
): readonly KnownHost[] {
  const exact = entries.filter((entry) => isAbout(entry.hosts, renderHostName(host, port)));
  const plain = entries.filter((entry) => isAbout(entry.hosts, host.toLowerCase()));
  const revoked = plain.filter(({marker}) => marker === 'revoked');
  return exact.length > 0 ? [...exact, ...revoked] : plain;
}

/** @param key The blob that the host showed. @param entries Those that speak of it. */
export function judgeHostKey(entries: readonly KnownHost[], key: Buffer): HostKeyVerdict {
  const shown = key.toString('base64');
  const isSame = (entry: KnownHost): boolean => entry.key.replace(/=+$/, '') === shown.replace(/=+$/, '');
  const revoked = entries.find((entry) => entry.marker === 'revoked' && isSame(entry));
  if (revoked !== undefined) return {status: 'revoked', place: revoked.place};
  const plain = entries.filter(({marker}) => marker === undefined);
  if (plain.some(isSame)) return {status: 'known'};
  const other = plain.find(({type}) => type === readKeyType(key));
  if (other !== undefined) return {status: 'changed', place: other.place};
  return {status: entries.some(({marker}) => marker === 'cert-authority') ? 'authority' : 'unknown'};
}

/** As ssh prints it: `SHA256:…` without padding. */
export function renderFingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** A key begins with the length of its type and the type. Source: RFC 4253, section 6.6. */
export function readKeyType(key: Buffer): string {
  return key.length < 4 ? '' : key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

function isAbout(hosts: string, name: string): boolean {
  const hashed = /^\|1\|([^|]+)\|(.+)$/.exec(hosts);
  if (hashed !== null) {
    const [, salt = '', hash = ''] = hashed;
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  const patterns = hosts.toLowerCase().split(',');
  const matches = (pattern: string): boolean =>
    pattern === name || (/[*?]/.test(pattern) && glob(pattern, name));
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern));
}
