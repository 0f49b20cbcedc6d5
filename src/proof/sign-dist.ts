// Signs the statement of a dist: one file more, beside it. The dist itself stays as it is.
import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import {describeError, hasErrorCode, UsageError} from '../core/errors.ts';
import {renderPath} from '../core/inner-paths.ts';
import {readRegular} from '../core/regular-file.ts';
import {parsePublicKey, parseSigningKey, type PublicKey, type SigningKey} from '../core/signing-keys.ts';
import {
  manifestName,
  readManifest,
  readSums,
  signatureName,
  statementName,
  sumsName,
} from '../distribution/manifest.ts';
import {renderList} from '../distribution/verify-files.ts';
import {checkStatement, parseStatement} from './check-proof.ts';
import {envelopeSchema, openEnvelope, renderEnvelope} from './dsse.ts';
import {findUnlike} from './provenance.ts';

/** @throws UsageError when it cannot be read or cannot sign. */
export async function readSigningKey(path: string): Promise<SigningKey> {
  return readKey(path, parseSigningKey, '--sign');
}

/** @throws UsageError when it cannot be read or is no key. */
export async function readPublicKey(path: string): Promise<PublicKey> {
  return readKey(path, parsePublicKey, '--key');
}

async function readKey<K>(path: string, parse: (text: string) => K, option: string): Promise<K> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `The key ${path} cannot be used: ${explain(error)}.`,
      `Name the file of an OpenSSH or PEM key, as ssh-keygen -t ed25519 makes one: ${option} <file>`,
      {cause: error},
    );
  }
}

function explain(error: unknown): string {
  if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return 'there is no such file';
  return hasErrorCode(error, 'EISDIR') ? 'it is a folder' : describeError(error);
}

/** @returns Whether it was not signed with this key yet. */
export async function ensureSigned(dir: string, key: SigningKey): Promise<boolean> {
  const [statement, envelope] = await Promise.all(
    [statementName, signatureName].map((name) => readRegular(join(dir, name)).catch(() => undefined)),
  );
  if (statement !== undefined && envelope !== undefined && isSignedBy(statement, envelope, key)) return false;
  await signDist(dir, key);
  return true;
}

function isSignedBy(statement: Buffer, envelope: Buffer, key: PublicKey): boolean {
  try {
    const {status, payload} = openEnvelope(envelopeSchema.parse(JSON.parse(envelope.toString('utf8'))), key);
    return status === 'good' && payload.equals(statement);
  } catch {
    return false;
  }
}

/**
 * Replaces an older signature. What is signed is held against the dist before: the key vouches for it.
 * @throws UsageError for a dist that has no statement, since an older version made it, or one that is not its own.
 */
export async function signDist(dir: string, key: SigningKey): Promise<void> {
  const statement = await readRegular(join(dir, statementName)).catch((error: unknown) => {
    throw new UsageError(
      `${dir} has no ${statementName} that could be signed: ${describeError(error)}.`,
      'An older build-spark made it. Build it again: --force',
      {cause: error},
    );
  });
  const problem = await findReasonNotToSign(dir, statement);
  if (problem !== undefined)
    throw new UsageError(
      `${dir} was not signed: ${problem}.`,
      'Somebody changed it, or another build-spark made it. Build it again: --force',
    );
  await writeFileAtomic(join(dir, signatureName), renderEnvelope(statement, key), {mode: 0o644});
}

async function findReasonNotToSign(dir: string, bytes: Buffer): Promise<string | undefined> {
  const sums = await readSums(dir);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sums?.find(({path}) => path === statementName)?.sha256 !== sha256)
    return `${statementName} is not the one that ${sumsName} names`;
  const {ok, message} = await checkStatement(dir, bytes);
  const statement = parseStatement(bytes);
  if (!ok || statement === undefined) return message;
  const unlike = findUnlike(statement, await readManifest(dir));
  return unlike.length === 0
    ? undefined
    : `${statementName} and ${manifestName} differ on ${renderList(unlike.map(renderPath))}`;
}
