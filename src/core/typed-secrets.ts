// What of the words that were typed, and of the environment, is a secret by its name or shape. Pure; knows no option but
// Maven's -D.
import {findUrlSecrets} from './redact.ts';
import type {Environment} from './terminal.ts';

export const secretName =
  /pass(?:word|wd|phrase|code)|secret|token|credential|(?:api|access|private)[._-]?key/i;

/** Values of such names that are not secret: switches and small numbers, as in `-Dtoken.count=5`. */
const plainValue = /^(?:true|false|yes|no|on|off|none|null|auto|\d{1,5})$/i;

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
export function findDefineSecrets(define: string): readonly string[] {
  const at = define.indexOf('=');
  const [key, value] = at === -1 ? ['', ''] : [define.slice(0, at), define.slice(at + 1)];
  const isSecret = secretName.test(key) && !plainValue.test(value);
  return [...(isSecret ? [value] : []), ...findUrlsIn(value)];
}

export function findUrlsIn(text: string): readonly string[] {
  return (text.match(/[a-z][a-z0-9+.-]{0,20}:\/\/\S+/gi) ?? []).flatMap(findUrlSecrets);
}
