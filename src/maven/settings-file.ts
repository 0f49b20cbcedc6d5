// The operator's own settings.xml: read as Maven would, and refused for what cannot hold in a machine. Pure; knows no disk.
import {XMLParser, XMLValidator} from 'fast-xml-parser';
import {UsageError} from '../core/errors.ts';
import {isLoopback} from '../core/proxies.ts';
import {escapeXml} from './pom.ts';
import {decodeXml} from './xml-encoding.ts';

export interface SettingsInput {
  /** For messages: `--maven-settings settings.xml`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `-D` of the build, which settings may name too. */
  readonly defines: readonly string[];
  /** Text of settings-security.xml, where there is one. */
  readonly security?: string | undefined;
}

export interface SettingsFile {
  /** As the machine gets it: in UTF-8, with variables of this host put in, without a local repository. */
  readonly text: string;
  /** Only where passwords are encrypted. */
  readonly security?: string;
  readonly secrets: readonly string[];
  /** What was changed, for people. */
  readonly notes: readonly string[];
  readonly mirrors: readonly SettingsMirror[];
  readonly hasProxy: boolean;
}

interface SettingsMirror {
  readonly id: string;
  /** As Maven's mirrorOf. */
  readonly of: string;
  readonly url: string;
  /** Of the server of the same id, where they are plain text. */
  readonly login?: {readonly username: string; readonly password: string} | undefined;
}

/** One element with text in it. */
interface Leaf {
  /** Without the root: `mirrors.mirror.url`. */
  readonly path: string;
  readonly value: string;
}

const parser = new XMLParser({
  ...{ignoreAttributes: true, ignoreDeclaration: true, parseTagValue: false, trimValues: true},
  htmlEntities: true,
});

/** What a variable gave is shown in these only: names and places. */
const open = new Set([
  'url',
  'host',
  'port',
  'id',
  'name',
  'mirrorOf',
  'username',
  'nonProxyHosts',
  'protocol',
]);
const credentials = new Set(['password', 'passphrase']);
/** Elements in which a `${…}` that the machine does not know breaks the build. */
const strict =
  /^(?:mirrors\.mirror\.|servers\.server\.|proxies\.proxy\.|profiles\.profile\.(?:repositories|pluginRepositories)\..*\.url$)/;

/** @returns What is wrong, all of it; or the file. */
export function planSettingsFile(
  input: SettingsInput,
): {readonly problems: readonly UsageError[]} | {readonly file: SettingsFile} {
  const {name, bytes, env, defines, security} = input;
  const decoded = decodeXml(bytes);
  if ('problem' in decoded) return refuse(`${name}: ${decoded.problem}.`, 'Save it as UTF-8.');
  const {text} = decoded;
  // Its successor, fast-xml-validator 1.4, brings seven packages for the same answer.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const checked = XMLValidator.validate(text);
  if (checked !== true) {
    const {line, col, msg} = checked.err as {line: number; col?: number; msg: string};
    const place = col === undefined ? `line ${line}` : `line ${line}, column ${col}`;
    return refuse(
      `${name} is not well-formed XML: ${place}: ${msg.replace(/\.$/, '')}.`,
      `Fix it there: ${place}.`,
    );
  }
  const tree: unknown = parser.parse(text);
  const roots = Object.keys(tree as object);
  if (roots.length !== 1 || roots[0] !== 'settings' || Array.isArray((tree as {settings: unknown}).settings))
    return refuse(
      `${name} is not Maven's settings: its root is <${roots.join('>, <')}>.`,
      'Name a settings.xml.',
    );
  const filled = fillVariables(text, env);
  const leaves = listLeaves((parser.parse(filled) as {settings: unknown}).settings);
  const problems = [
    ...findProblems(leaves, defines),
    ...findMissing(listLeaves((tree as {settings: unknown}).settings), env),
  ].map(([what, hint]) => new UsageError(`${name} ${what}.`, hint));
  const encrypted = leaves.filter(({path, value}) => credentials.has(lastOf(path)) && isEncrypted(value));
  if (encrypted.length > 0 && security === undefined) {
    problems.push(
      new UsageError(
        `${name} holds encrypted passwords, which Maven cannot read without settings-security.xml.`,
        'Put settings-security.xml beside it, or write the password as ${env.NAME}.',
      ),
    );
  }
  if (problems.length > 0) return {problems};
  const withoutLocal = removeElement(filled, 'localRepository');
  const variables = [...findVariables(listLeaves((tree as {settings: unknown}).settings), env)];
  const plain = leaves.filter(({path}) => credentials.has(lastOf(path))).map(({value}) => value);
  return {
    file: {
      text: withoutLocal.replace(/^(<\?xml[^>]*?)\s+encoding\s*=\s*(["'])[^"']*\2/, '$1 encoding="UTF-8"'),
      ...(encrypted.length > 0 && security !== undefined ? {security} : {}),
      secrets: [
        ...new Set([
          ...plain,
          ...variables.filter(({isSecret}) => isSecret).map(({value}) => value),
          ...(encrypted.length > 0 ? findMasters(security ?? '') : []),
        ]),
      ],
      notes: [
        ...(withoutLocal === filled
          ? []
          : [`${name}: <localRepository> is left out: a machine has a local repository of its own.`]),
        ...(variables.length === 0
          ? []
          : [
              `${name}: ${[...new Set(variables.map(({variable}) => variable))].join(', ')} of this host's environment ` +
                'was filled in, since a machine has another environment.',
            ]),
      ],
      mirrors: listMirrors((parser.parse(filled) as {settings: unknown}).settings),
      hasProxy: leaves.some(({path}) => path === 'proxies.proxy.host'),
    },
  };
}

function refuse(message: string, hint: string): {readonly problems: readonly UsageError[]} {
  return {problems: [new UsageError(message, hint)]};
}

const comment = '<!--[\\s\\S]*?-->';

/** `${env.X}`, which Maven would look for in the machine. In comments nothing is changed, in CDATA nothing escaped. */
function fillVariables(text: string, env: SettingsInput['env']): string {
  const fill = (part: string, escape: (value: string) => string): string =>
    part.replace(/\$\{env\.([^}]+)\}/g, (whole, name: string) => {
      const value = env[name];
      return value === undefined ? whole : escape(value);
    });
  return text
    .split(new RegExp(`(${comment}|<!\\[CDATA\\[[\\s\\S]*?\\]\\]>)`))
    .map((part) => {
      if (part.startsWith('<!--')) return part;
      return part.startsWith('<![CDATA[')
        ? fill(part, (value) => value.replaceAll(']]>', ']]]]><![CDATA[>'))
        : fill(part, escapeXml);
    })
    .join('');
}

function removeElement(text: string, name: string): string {
  const pattern = new RegExp(`${comment}|<${name}\\s*/>|<${name}\\s*>[\\s\\S]*?</${name}\\s*>`, 'g');
  return text.replace(pattern, (found) => (found.startsWith('<!--') ? found : ''));
}

function listLeaves(node: unknown, path: readonly string[] = []): readonly Leaf[] {
  if (typeof node === 'string') return node === '' ? [] : [{path: path.join('.'), value: node}];
  if (Array.isArray(node)) return node.flatMap((item) => listLeaves(item, path));
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) =>
    listLeaves(value, name === '#text' ? path : [...path, name]),
  );
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** As plexus-cipher has it: braces that no backslash stands before. */
function isEncrypted(value: string): boolean {
  return /(?:^|[^\\$])\{[^{}]*[^\\{}]\}/.test(value);
}

type Problem = readonly [what: string, hint: string];

function findProblems(leaves: readonly Leaf[], defines: readonly string[]): readonly Problem[] {
  return leaves.flatMap(({path, value}): readonly Problem[] => {
    const element = `<${lastOf(path)}>`;
    const [, unknown] = /\$\{(?!env\.)([^}]+)\}/.exec(value) ?? [];
    const isKnown = unknown === undefined || defines.some((define) => define.startsWith(`${unknown}=`));
    if (!isKnown && strict.test(path)) {
      return [
        [
          `names \${${unknown}} in ${element}, which means something else inside a machine`,
          `Write what it stands for, or give it: -D ${unknown}=…`,
        ],
      ];
    }
    if (path === 'offline' && value === 'true')
      return [
        [
          'has <offline>true</offline>, and a new machine starts with nothing to build from',
          'Leave that element out.',
        ],
      ];
    if (path === 'proxies.proxy.host' && isLoopback(value)) {
      return [
        [
          `names the proxy ${value}, which inside a machine means the machine itself`,
          'Let the proxy listen on an address that machines reach (10.0.3.1 with lxc), and name that.',
        ],
      ];
    }
    const isRepository =
      lastOf(path) === 'url' && /^(?:mirrors\.mirror|profiles\.profile\.\w*[rR]epositories)\./.test(path);
    const reason = isRepository ? findUnreachable(value) : undefined;
    return reason === undefined ? [] : [[`names ${value}, ${reason}`, reachableHint]];
  });
}

export const reachableHint =
  'Name an address that machines reach: a server on this host has to listen on the bridge (10.0.3.1 with lxc).';

/** Why a machine cannot fetch from there; undefined: it may. */
export function findUnreachable(text: string): string | undefined {
  if (/^file:/i.test(text)) return 'which is a folder of this host that a machine does not have';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && isLoopback(url.hostname)
    ? 'which inside a machine means the machine itself'
    : undefined;
}

function* findVariables(
  leaves: readonly Leaf[],
  env: SettingsInput['env'],
): Generator<{readonly variable: string; readonly value: string; readonly isSecret: boolean}> {
  for (const {path, value} of leaves) {
    for (const [, variable = ''] of value.matchAll(/\$\{env\.([^}]+)\}/g)) {
      const found = env[variable];
      if (found !== undefined) yield {variable, value: found, isSecret: !open.has(lastOf(path))};
    }
  }
}

function findMissing(leaves: readonly Leaf[], env: SettingsInput['env']): readonly Problem[] {
  const names = leaves.flatMap(({value}) =>
    [...value.matchAll(/\$\{env\.([^}]+)\}/g)].map(([, name = '']) => name),
  );
  return [...new Set(names)]
    .filter((name) => env[name] === undefined)
    .map((name) => [
      `names \${env.${name}}, and ${name} is not in this environment`,
      `Set it for this command: ${name}=… build-spark …`,
    ]);
}

function findMasters(security: string): readonly string[] {
  return [...security.matchAll(/<master>\s*([^<]+?)\s*<\/master>/g)].map(([, master = '']) => master);
}

function listMirrors(settings: unknown): readonly SettingsMirror[] {
  const records = (group: string, item: string): readonly Readonly<Record<string, unknown>>[] => {
    const found = (settings as Record<string, Record<string, unknown> | undefined>)[group]?.[item];
    return (Array.isArray(found) ? (found as readonly unknown[]) : [found]).filter(
      (each): each is Record<string, unknown> => typeof each === 'object' && each !== null,
    );
  };
  const textOf = (record: Readonly<Record<string, unknown>> | undefined, key: string): string => {
    const value = record?.[key];
    return typeof value === 'string' ? value : '';
  };
  const servers = records('servers', 'server');
  return records('mirrors', 'mirror').map((mirror) => {
    const id = textOf(mirror, 'id');
    const server = servers.find((each) => textOf(each, 'id') === id);
    const [username, password] = [textOf(server, 'username'), textOf(server, 'password')];
    const isPlain = username !== '' && !isEncrypted(password);
    return {
      ...{id, of: textOf(mirror, 'mirrorOf'), url: textOf(mirror, 'url')},
      ...(isPlain ? {login: {username, password}} : {}),
    };
  });
}
