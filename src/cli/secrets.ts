// What of all that was typed, set or read must reach no output, log or manifest. Pure; core/redact.ts takes it out.
import type {BuildRequest} from '../build/request.ts';
import {findUrlSecrets} from '../core/redact.ts';
import type {Environment} from './terminal.ts';

const secretName = /pass(?:word|wd|phrase|code)|secret|token|credential|(?:api|access|private)[._-]?key/i;

/** Values of such names that are no secret: switches and small numbers, as in `-Dtoken.count=5`. */
const plainValue = /^(?:true|false|yes|no|on|off|none|null|auto|\d{1,5})$/i;

export interface SecretSources {
  readonly requests: readonly BuildRequest[];
  /** Of options and environment, with or without a scheme. */
  readonly proxies: readonly (string | undefined)[];
  /** Content of `--maven-settings`. */
  readonly mavenSettings?: string | undefined;
  /** For `${env.NAME}` in those settings. */
  readonly env: Environment;
}

export async function findSecrets({
  requests,
  proxies,
  mavenSettings,
  env,
}: SecretSources): Promise<readonly string[]> {
  const urls = requests.flatMap(({source, mirrors, box}) => [source, ...mirrors.map(({url}) => url), box]);
  const found = [
    ...[...urls, ...proxies].flatMap((url) => (url === undefined ? [] : findUrlSecrets(url))),
    ...requests.flatMap(({defines}) => defines.flatMap(findDefineSecrets)),
    ...(mavenSettings === undefined ? [] : await findSettingsSecrets(mavenSettings, env)),
  ];
  return [...new Set(found)];
}

/** Known from the first moment on, however wrong the rest is: for messages of all that goes wrong before a request is read. */
export function findTypedSecrets(argv: readonly string[], env: Environment): readonly string[] {
  const isOurs = (name: string): boolean => name.startsWith('BUILD_SPARK_');
  const words = [
    ...argv,
    ...Object.entries(env).flatMap(([name, value]) => (isOurs(name) ? (value ?? '').split(',') : [])),
  ];
  const values = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && secretName.test(name) && !plainValue.test(value) ? [value] : [],
  );
  const proxies = Object.entries(env).flatMap(([name, value]) =>
    /_proxy$/i.test(name) && !/^no_/i.test(name) ? findUrlSecrets(value ?? '') : [],
  );
  const found = [
    ...words.flatMap((word) => findDefineSecrets(word.replace(/^-D\s*/, ''))),
    ...[...argv, ...Object.values(env)].flatMap((text) => findUrlsIn(text ?? '')),
    ...proxies,
    ...argv.flatMap((word, index) => (/^--proxy(?:=|$)/.test(word) ? typedProxy(argv, index) : [])),
    ...values,
  ];
  return [...new Set(found)];
}

function typedProxy(argv: readonly string[], index: number): readonly string[] {
  const [, value = argv[index + 1] ?? ''] = /^--proxy=(.*)$/s.exec(argv[index] ?? '') ?? [];
  return findUrlSecrets(value);
}

/** Of `key=value`, as Maven takes it with -D. */
function findDefineSecrets(define: string): readonly string[] {
  const at = define.indexOf('=');
  const [key, value] = at === -1 ? ['', ''] : [define.slice(0, at), define.slice(at + 1)];
  const isSecret = secretName.test(key) && !plainValue.test(value);
  return [...(isSecret ? [value] : []), ...findUrlsIn(value)];
}

function findUrlsIn(text: string): readonly string[] {
  return (text.match(/[a-z][a-z0-9+.-]{0,20}:\/\/\S+/gi) ?? []).flatMap(findUrlSecrets);
}

/**
 * Passwords, passphrases, tokens in headers, and whatever else such a file holds under a telling name.
 * @returns Nothing of a file that is no XML: whoever reads it for the build refuses it.
 */
export async function findSettingsSecrets(xml: string, env: Environment): Promise<readonly string[]> {
  const {XMLParser} = await import('fast-xml-parser'); // Most builds have no such file.
  const parser = new XMLParser({parseTagValue: false, ignoreAttributes: true});
  const found: string[] = [];
  const add = (text: string): void => void found.push(...expand(text.trim(), env));
  const walk = (value: unknown, name: string, isHeader: boolean): void => {
    if (typeof value === 'string') {
      found.push(...findUrlsIn(value));
      if (secretName.test(name) && name !== 'privateKey') add(value); // That one is a path.
      // `Authorization: Bearer …`: the last word is the secret.
      if (isHeader && /^(?:value|.*authorization.*)$/i.test(name))
        add(value.trim().split(/\s+/).at(-1) ?? '');
    } else if (Array.isArray(value)) value.forEach((each) => walk(each, name, isHeader));
    else if (typeof value === 'object' && value !== null) {
      const {username, password} = value as Readonly<Record<string, unknown>>;
      if (typeof username === 'string' && typeof password === 'string')
        add(`${username.trim()}:${password.trim()}`);
      for (const [key, each] of Object.entries(value)) walk(each, key, isHeader || /headers?$/i.test(key));
    }
  };
  try {
    walk(parser.parse(xml), '', false);
  } catch {
    return [];
  }
  return found;
}

/** As it stands there, and as Maven reads it. */
function expand(text: string, env: Environment): readonly string[] {
  const value = text.replaceAll(/\$\{env\.([\w.-]+)\}/g, (all, name: string) => env[name] ?? all);
  return value === text ? [text] : [value];
}
