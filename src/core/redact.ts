// Takes secrets out of text: those it was told, in every form in which programs print them, and the shapes that secrets
// have in URLs, headers and Maven settings. Takes time in proportion to the text, whatever is in it.

const placeholder = '***';
/** What our own hints say in the place of a login. */
const example = 'USER:PASSWORD';
/** Shorter ones are in too many words; in a URL the shape gives them away. */
const minimumLength = 4;

/** @param secrets Exact texts that must never be seen, such as a proxy's password. */
export function createRedactor(secrets: readonly string[] = []): (text: string) => string {
  const forms = [...new Set(secrets)]
    .filter((secret) => secret.trim().length >= minimumLength)
    .sort((a, b) => b.length - a.length)
    .flatMap((secret) => [renderPattern(secret.trim()), ...renderBase64Patterns(secret.trim())]);
  const known = forms.length === 0 ? undefined : new RegExp(forms.join('|'), 'g');
  return (text) => redactShapes(known === undefined ? text : text.replace(known, placeholder));
}

/**
 * A secret letter by letter, each as it is, percent-encoded (once or twice), or escaped for XML, JSON or a shell: every
 * encoder has letters of its own that it leaves alone.
 */
function renderPattern(secret: string): string {
  return Array.from(secret, renderLetter).join('');
}

const xmlNames: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
};

function renderLetter(letter: string): string {
  const percent = [...Buffer.from(letter)].map((byte) => `%(?:25)?${renderHex(byte, 2)}`).join('');
  if (/[A-Za-z0-9_.~-]/.test(letter)) return `(?:${escapeRegExp(letter)}|${percent})`;
  const code = letter.codePointAt(0) ?? 0;
  const name = xmlNames[letter];
  const units = Array.from({length: letter.length}, (_, index) => letter.charCodeAt(index));
  return `(?:${[
    ...(letter === "'" ? [String.raw`'\\''`, `'"'"'`] : []),
    escapeRegExp(letter),
    ...(letter === ' ' ? [String.raw`\+`] : []),
    percent,
    `&#(?:0*${code}|[xX]0*${renderHex(code, 1)});`,
    ...(name === undefined ? [] : [`&${name};`]),
    units.map((unit) => String.raw`\\u${renderHex(unit, 4)}`).join(''),
    ...(letter.length === 1 ? [String.raw`\\${escapeRegExp(letter)}`] : []),
  ].join('|')})`;
}

function renderHex(value: number, width: number): string {
  const digits = value.toString(16).padStart(width, '0');
  return digits.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

/** Fewer letters may occur by chance. */
const minimumBase64 = 5;

/**
 * Base64 packs three bytes into four letters, so a secret within something longer, as in `user:password`, reads in one
 * of three ways. Of each the letters that depend on the secret alone; what is left at its edges tells some bits.
 */
function renderBase64Patterns(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const core = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    if (core.length < minimumBase64) return [];
    const letters = Array.from(core, (letter) => {
      if (letter === '+') return '(?:[+-]|%2[bB])';
      return letter === '/' ? String.raw`(?:[/_]|\\/|%2[fF])` : letter;
    });
    return [`${letters.join('')}[A-Za-z0-9+/_-]{0,2}(?:=|%3[dD]){0,2}`];
  });
}

const header = /((?:proxy-)?authorization:[ \t]*(?:basic|bearer|digest|negotiate)[ \t]+)[^\s'"]+/gi;
const query = /([?&](?:access_token|token|private_token|password|sig|signature)=)[^&\s'"]+/gi;

function redactShapes(text: string): string {
  const plain = redactElements(redactUserInfo(text));
  return plain.replace(query, `$1${placeholder}`).replace(header, `$1${placeholder}`);
}

/** `scheme://user:password@host`, and a lone token before the @. */
function redactUserInfo(text: string): string {
  let [done, from] = ['', 0];
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    const authority = /[a-z0-9+.-]/i.test(text[at - 1] ?? '') ? findUserInfo(text, at + 3) : '';
    if (authority === '' || authority === example) continue;
    done += `${text.slice(from, at + 3)}${placeholder}`;
    from = at + 3 + authority.length;
  }
  return done + text.slice(from);
}

/**
 * To the last @ before the path. A quote may be part of a password, but of nothing before the colon: what stands there
 * is a name, and `"http://host","a@b"` holds no password.
 */
function findUserInfo(text: string, start: number): string {
  endOfAuthority.lastIndex = start;
  const end = endOfAuthority.exec(text)?.index ?? text.length;
  const authority = text.slice(start, end);
  const found = authority.slice(0, Math.max(0, authority.lastIndexOf('@')));
  const quote = /['"]/.exec(found)?.index ?? Infinity;
  const colon = found.indexOf(':');
  if (quote === Infinity || (colon !== -1 && colon < quote)) return found;
  const before = found.slice(0, quote); // Of a shorter URL the quote is the end.
  return before.slice(0, Math.max(0, before.lastIndexOf('@')));
}

const endOfAuthority = /[/\s]/g;
const element = /<(password|passphrase|privateKey)(?:\s[^<>]*)?>/g;

function redactElements(text: string): string {
  let [done, from] = ['', 0];
  const endless = new Set<string>(); // Looked for once: a line may begin the same element a thousand times.
  for (const match of text.matchAll(element)) {
    const [all, name = ''] = match;
    const start = match.index + all.length;
    if (match.index < from || endless.has(name)) continue;
    const end = text.indexOf(`</${name}>`, start);
    if (end === -1) {
      endless.add(name);
      continue;
    }
    done += `${text.slice(from, start)}${placeholder}`;
    from = end;
  }
  return done + text.slice(from);
}

/** The secrets inside a URL, for createRedactor: also of one without a scheme, as curl takes a proxy. */
export function findUrlSecrets(url: string): readonly string[] {
  const start = url.includes('://') ? url.indexOf('://') + 3 : 0;
  const userInfo = findUserInfo(url, start);
  const found = [...url.slice(start).matchAll(query)].map(([all, name = '']) => all.slice(name.length));
  if (userInfo === '') return found;
  const colon = userInfo.indexOf(':');
  if (colon === -1) return start > 0 && userInfo.length > 16 ? [decode(userInfo), ...found] : found;
  const [user, password] = [decode(userInfo.slice(0, colon)), decode(userInfo.slice(colon + 1))];
  // Both together too: so they stand, in Base64, in the header that is sent.
  return password === '' ? found : [password, `${user}:${password}`, ...found];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A percent sign that stands for itself.
  }
}

/** Takes secrets out of every text in a value; keys stay. */
export function redactDeep(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)]));
}
