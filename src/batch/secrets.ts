// What of all that was typed, set or read must reach no output, log or manifest. Pure; core/redact.ts takes it out.
import {XMLParser} from 'fast-xml-parser';
import type {BuildRequest} from '../recipe/build-request.ts';
import {findUrlSecrets} from '../core/redact.ts';
import {findDefineSecrets, findUrlsIn, secretName} from '../core/typed-secrets.ts';
import type {Environment} from '../core/terminal.ts';

export interface SecretSources {
  readonly requests: readonly BuildRequest[];
  /** Of options and environment, with or without a scheme. */
  readonly proxies: readonly (string | undefined)[];
  /** Content of `--maven-settings`. */
  readonly mavenSettings?: string | undefined;
  /** For `${env.NAME}` in those settings. */
  readonly env: Environment;
}

export function findSecrets({requests, proxies, mavenSettings, env}: SecretSources): readonly string[] {
  const urls = requests.flatMap(({source, parquetSource, mirrors, box}) => [
    ...[source, parquetSource, box],
    ...mirrors.map(({url}) => url),
  ]);
  const found = [
    ...[...urls, ...proxies].flatMap((url) => (url === undefined ? [] : findUrlSecrets(url))),
    ...requests.flatMap(({defines}) => defines.flatMap(findDefineSecrets)),
    ...(mavenSettings === undefined ? [] : findSettingsSecrets(mavenSettings, env)),
  ];
  return [...new Set(found)];
}

/**
 * Passwords, passphrases, tokens in headers, and whatever else such a file holds under a telling name.
 * @returns Nothing of a file that is not XML: whoever reads it for the build refuses it.
 */
export function findSettingsSecrets(xml: string, env: Environment): readonly string[] {
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
