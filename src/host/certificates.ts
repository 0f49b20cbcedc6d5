// Finds the CA certificates that were added to this host and that a fresh guest does not know. Trusts nothing by itself.
import {createHash, X509Certificate} from 'node:crypto';
import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {rootCertificates} from 'node:tls';
import {describeError} from '../core/errors.ts';
import {
  certificateFolders as anchorFolders,
  certificateVariables as variables,
} from './certificate-places.ts';
import {pass, warn, type Check} from './host-check.ts';
import type {Environment} from './host.ts';

export interface ExtraCaCertificates {
  /** PEM by a name of letters, digits and dashes, without an ending; the same certificate always has the same name. */
  readonly certificates: Readonly<Record<string, string>>;
  /** Files that a variable names and that cannot be read, in one sentence each. */
  readonly problems: readonly string[];
}

/** What the distribution itself brings: package ca-certificates of each family. */
const distributionFolders = ['/usr/share/ca-certificates', '/usr/share/pki/ca-trust-source'] as const;

const pemBlock = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED )?CERTIFICATE-----/g;

/** @param root Where the system's folders begin: `/`, or a folder in tests. */
export async function findExtraCaCertificates(env: Environment, root = '/'): Promise<ExtraCaCertificates> {
  const problems: string[] = [];
  const named = variables.flatMap((name) => {
    const path = env[name] ?? '';
    return path === '' ? [] : [{name, path}];
  });
  const texts = await Promise.all([
    ...[...new Set(named.map(({path}) => path))].map((path) =>
      readFile(path, 'utf8').catch((error: unknown) => {
        const by = named.filter((entry) => entry.path === path).map((entry) => entry.name);
        problems.push(`${by.join(', ')} names ${path}, which cannot be read: ${describeError(error)}.`);
        return '';
      }),
    ),
    ...anchorFolders.map((folder) => readFolder(join(root, folder))),
  ]);
  const known = new Set([
    ...rootCertificates.map(fingerprint),
    ...(await Promise.all(distributionFolders.map((folder) => readFolder(join(root, folder)))))
      .flatMap(findBlocks)
      .map(fingerprint),
  ]);
  const certificates: Record<string, string> = {};
  for (const pem of texts.flatMap(findBlocks)) {
    if (known.has(fingerprint(pem))) continue;
    known.add(fingerprint(pem));
    const name = nameOf(pem);
    if (name !== undefined) certificates[name] = `${pem}\n`;
  }
  return {certificates, problems};
}

/** What a machine will trust: Node's own, those of this host, and of these files. @returns undefined for Node's own alone. */
export async function readTrusted(
  env: Environment,
  files: readonly string[],
  root = '/',
): Promise<readonly string[] | undefined> {
  const {certificates} = await findExtraCaCertificates(env, root);
  const given = await Promise.all(files.map((file) => ignoreFailure(readFile(file, 'utf8'))));
  const added = [...Object.values(certificates), ...given.flatMap(findBlocks)];
  return added.length === 0 ? undefined : [...rootCertificates, ...added];
}

function findBlocks(text: string): readonly string[] {
  return text.match(pemBlock) ?? [];
}

/** Over the certificate itself, so that line breaks do not matter; 150 of them are hashed faster than parsed. */
function fingerprint(pem: string): string {
  const body = pem.replace(/-----[^-]*-----/g, '').replace(/\s/g, '');
  return createHash('sha256').update(Buffer.from(body, 'base64')).digest('hex');
}

/** @returns undefined for what is not a certificate, has expired, or may not sign. */
function nameOf(pem: string): string | undefined {
  let certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return undefined;
  }
  if (new Date(certificate.validTo).getTime() < Date.now()) return undefined;
  const isSelfSigned = certificate.issuer === certificate.subject;
  if (!certificate.ca && !isSelfSigned) return undefined;
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}=(.*)$`, 'm').exec(certificate.subject)?.[1];
  const subject = field('CN') ?? field('OU') ?? field('O') ?? 'ca';
  const slug =
    subject
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 40) || 'ca';
  return `${slug}-${fingerprint(pem).slice(0, 8)}`;
}

/** All certificate files below a folder, as one text; anchors may lie in folders of their own. */
async function readFolder(folder: string): Promise<string> {
  const names = await readdir(folder, {recursive: true}).catch(() => []);
  const files = names
    .filter((name) => /\.(crt|pem|cer|p11-kit)$/.test(name))
    .map((name) => join(folder, name));
  const texts = await Promise.all(
    files.map(async (file) => ((await stat(file)).isFile() ? readFile(file, 'utf8') : '')).map(ignoreFailure),
  );
  return texts.join('\n');
}

/** A file of somebody else's that cannot be read, or a dangling link, adds no certificate. */
function ignoreFailure(text: Promise<string>): Promise<string> {
  return text.catch(() => '');
}

export async function checkCertificates(env: Environment, root: string): Promise<Check> {
  const {certificates, problems} = await findExtraCaCertificates(env, root);
  const names = Object.keys(certificates);
  const found =
    names.length === 0
      ? 'No CA certificate was added to this host'
      : `Machines will also trust these CAs of this host: ${names.join(', ')}`;
  if (problems.length === 0) return pass('certificates', found);
  return warn('certificates', `${problems.join(' ')} ${found}.`, `ls -l ${quoteFirst(env)}`);
}

function quoteFirst(env: Environment): string {
  return variables
    .flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [`"$${name}"`]))
    .join(' ');
}
