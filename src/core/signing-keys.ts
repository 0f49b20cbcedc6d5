// Reads keys to sign and to check with: OpenSSH's own format by ssh2, PEM by Node. Knows nothing of what is signed.
import {createHash, createPrivateKey, createPublicKey, sign, type KeyObject} from 'node:crypto';
import ssh2, {type ParsedKey} from 'ssh2';
import {describeError} from './errors.ts';

export interface PublicKey {
  /** SHA-256 over the key itself (SubjectPublicKeyInfo), in hex: the same for every format of its file. */
  readonly id: string;
  readonly key: KeyObject;
  /** To be named to `verify`; undefined where the key brings its own. */
  readonly algorithm: 'sha256' | undefined;
}

export interface SigningKey extends PublicKey {
  sign(data: Buffer): Buffer;
}

/** @throws Error saying why the text is no key that can sign; never with the text itself. */
export function parseSigningKey(text: string): SigningKey {
  const parsed = isOpenSsh(text) ? parseOpenSsh(text, encrypted) : undefined;
  if (parsed?.isPrivateKey() === false) throw new Error('it is a public key: name the private one');
  let key: KeyObject;
  try {
    key = createPrivateKey(parsed === undefined ? text : parsed.getPrivatePEM());
  } catch (error) {
    if (isLocked(error)) throw encrypted(error);
    throw new Error('it is neither an OpenSSH nor a PEM private key', {cause: error});
  }
  const own = describe(createPublicKey(key));
  return {...own, sign: (data) => sign(own.algorithm, data, key)};
}

/** Of a public key, a certificate, or a private key, whose public half counts. @throws Error saying why it is none. */
export function parsePublicKey(text: string): PublicKey {
  const parsed = isOpenSsh(text) ? parseOpenSsh(text, locked) : undefined;
  let key: KeyObject;
  try {
    key = createPublicKey(parsed === undefined ? text : parsed.getPublicPEM());
  } catch (error) {
    if (isLocked(error)) throw locked(error);
    throw new Error('it is neither an OpenSSH nor a PEM key', {cause: error});
  }
  return describe(key);
}

function isOpenSsh(text: string): boolean {
  return /^(?:-----BEGIN OPENSSH PRIVATE KEY-----|ssh-\S+ |ecdsa-sha2-\S+ )/.test(text.trimStart());
}

function isLocked(error: unknown): boolean {
  return /encrypted|passphrase|bad decrypt|interrupted/i.test(describeError(error));
}

/** @param refuse Of one that has a passphrase. */
function parseOpenSsh(text: string, refuse: (cause: unknown) => Error): ParsedKey {
  const parsed = ssh2.utils.parseKey(text.trim());
  if (!(parsed instanceof Error)) return parsed;
  if (isLocked(parsed)) throw refuse(parsed);
  throw new Error(`it cannot be read as an OpenSSH key: ${parsed.message}`, {cause: parsed});
}

function encrypted(cause: unknown): Error {
  return new Error('it has a passphrase; a key to sign builds with must have none', {cause});
}

function locked(cause: unknown): Error {
  return new Error(
    'it is a private key with a passphrase; name the file of its public half, which has none',
    {
      cause,
    },
  );
}

/** @throws Error for a kind of key that no reader of such signatures expects. */
function describe(key: KeyObject): PublicKey {
  const {asymmetricKeyType: type} = key;
  if (type !== 'ed25519' && type !== 'ec' && type !== 'rsa')
    throw new Error(`it is a key of the kind ${type ?? 'secret'}; only Ed25519, ECDSA and RSA can sign`);
  const spki = key.export({type: 'spki', format: 'der'});
  return {
    id: createHash('sha256').update(spki).digest('hex'),
    key,
    algorithm: type === 'ed25519' ? undefined : 'sha256',
  };
}
