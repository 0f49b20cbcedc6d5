// Takes secrets out of text. Knows the shapes that secrets have in URLs and Maven settings, and those it was told.

const placeholder = '***';

/** Source of the shape: RFC 3986, userinfo; the password, or a lone token before the @. */
const userInfo = /([a-z][a-z0-9+.-]*:\/\/)([^/\s'"]+)@/gi;
const credentialElements = /<(password|passphrase|privateKey)>[^<]*<\/\1>/gi;
const credentialQuery = /([?&](?:access_token|token|private_token|password|sig|signature)=)[^&\s'"]+/gi;

/** @param secrets Exact texts that must never be seen, such as a proxy's password; shorter than 4 characters are left alone. */
export function createRedactor(secrets: readonly string[] = []): (text: string) => string {
  const variants = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
  const known = [...new Set(variants)]
    .filter((secret) => secret.length >= 4)
    .sort((a, b) => b.length - a.length);
  return (text) => {
    const plain = known.reduce((rest, secret) => rest.replaceAll(secret, placeholder), text);
    return plain
      .replace(userInfo, `$1${placeholder}@`)
      .replace(credentialElements, `<$1>${placeholder}</$1>`)
      .replace(credentialQuery, `$1${placeholder}`);
  };
}

/** The password or token inside a URL, for createRedactor. */
export function findUrlSecrets(url: string): readonly string[] {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) return [];
  const {password, username} = parsed;
  if (password !== '') return [decodeURIComponent(password)];
  return username.length > 16 ? [decodeURIComponent(username)] : [];
}
