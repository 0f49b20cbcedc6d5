// Reads a Maven pom into the few things that we ask of it. Pure: knows no parent, no network and no Maven.
import {XMLParser} from 'fast-xml-parser';
import {UsageError} from '../core/errors.ts';

export interface MavenCoordinates {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
}

/** As written in the pom: with `${...}` in it, and '' for what is not said. */
export interface Dependency extends MavenCoordinates {
  readonly type: string;
  readonly classifier: string;
  readonly scope: string;
}

export interface Profile {
  readonly id: string;
  readonly modules: readonly string[];
  readonly dependencies: readonly Dependency[];
  readonly properties: Readonly<Record<string, string>>;
  readonly activation: Activation;
}

/** When a profile is active though nobody names it. `unknown`: by a file, a JDK, a system, by default, or by several. */
type Activation =
  | {readonly type: 'never' | 'unknown'}
  /** By a property that is there, or, when negated, is not; with this value, where one is asked for. */
  | {
      readonly type: 'property';
      readonly name: string;
      readonly isNegated: boolean;
      readonly value?: string | undefined;
    };

export interface Pom {
  /** '' when neither the pom nor its parent says it. */
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string | undefined;
  readonly parent: MavenCoordinates | undefined;
  /** Of the project itself, not those of its profiles. */
  readonly properties: Readonly<Record<string, string>>;
  readonly modules: readonly string[];
  readonly profiles: readonly Profile[];
  readonly dependencies: readonly Dependency[];
  /** The project's own `<dependencyManagement>`. */
  readonly managed: readonly Dependency[];
  /** Of the enforcer's rule, else of `prerequisites`; as written, perhaps `${maven.version}`. */
  readonly mavenMinimum: string | undefined;
}

const parser = new XMLParser({ignoreAttributes: true, parseTagValue: false, trimValues: true});

/** @throws UsageError naming `path` when the text is not a pom. */
export function parsePom(text: string, path: string): Pom {
  // The parser takes a text that breaks off; a pom that does would be misread.
  const isWhole = /<\/project>\s*(?:<!--[\s\S]*-->\s*)?$/.test(text);
  const root: unknown = isWhole ? parser.parse(text) : undefined;
  const project = at(root, 'project');
  const artifactId = textAt(project, 'artifactId');
  if (artifactId === undefined)
    throw new UsageError(
      `${path} is not a Maven pom: it is incomplete, or has no artifactId.`,
      'Fix it in the source, or name another ref.',
    );
  const parentNode = at(project, 'parent');
  const parent = parentNode === undefined ? undefined : parseCoordinates(parentNode);
  return {
    groupId: textAt(project, 'groupId') ?? parent?.groupId ?? '',
    artifactId,
    version: textAt(project, 'version'),
    parent,
    properties: parseProperties(at(project, 'properties')),
    modules: parseModules(project),
    profiles: listAt(at(project, 'profiles'), 'profile').map((profile) => ({
      id: textAt(profile, 'id') ?? '',
      modules: parseModules(profile),
      dependencies: parseDependencies(profile),
      properties: parseProperties(at(profile, 'properties')),
      activation: parseActivation(at(profile, 'activation')),
    })),
    dependencies: parseDependencies(project),
    managed: parseDependencies(at(project, 'dependencyManagement')),
    mavenMinimum:
      textAt(findDeep(at(project, 'build'), 'requireMavenVersion'), 'version') ??
      textAt(at(project, 'prerequisites'), 'maven'),
  };
}

export type ParsePom = typeof parsePom;

/** For callers that need the same poms: each text is parsed once. */
export function rememberPoms(): ParsePom {
  const known = new Map<string, Pom>();
  return (text, path) => {
    const pom = known.get(text) ?? parsePom(text, path);
    known.set(text, pom);
    return pom;
  };
}

/** For text that becomes part of an XML file. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Puts property values in for `${…}`; what is not known stays as it is. */
export function resolveProperties(
  value: string,
  properties: Readonly<Record<string, string>>,
  depth = 8,
): string {
  if (depth === 0 || !value.includes('${')) return value;
  const replaced = value.replace(/\$\{([^}]+)\}/g, (whole, name: string) =>
    Object.hasOwn(properties, name) ? (properties[name] ?? whole) : whole,
  );
  return replaced === value ? value : resolveProperties(replaced, properties, depth - 1);
}

function parseCoordinates(node: unknown): MavenCoordinates {
  return {
    groupId: textAt(node, 'groupId') ?? '',
    artifactId: textAt(node, 'artifactId') ?? '',
    version: textAt(node, 'version') ?? '',
  };
}

function parseProperties(properties: unknown): Record<string, string> {
  if (!isRecord(properties)) return {};
  const entries = Object.entries(properties).map(([name, value]): [string, unknown] => [
    name,
    Array.isArray(value) ? value.at(-1) : value, // Maven takes the last one of two.
  ]);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function parseModules(node: unknown): readonly string[] {
  return listAt(at(node, 'modules'), 'module').filter((module) => typeof module === 'string');
}

function parseActivation(node: unknown): Activation {
  if (node === undefined) return {type: 'never'};
  const property = at(node, 'property');
  const name = textAt(property, 'name');
  const value = textAt(property, 'value');
  if (
    !isRecord(node) ||
    Object.keys(node).length !== 1 ||
    name === undefined ||
    value?.startsWith('!') === true
  )
    return {type: 'unknown'};
  const isNegated = name.startsWith('!');
  return {
    type: 'property',
    name: isNegated ? name.slice(1) : name,
    isNegated,
    value,
  };
}

function parseDependencies(node: unknown): readonly Dependency[] {
  return listAt(at(node, 'dependencies'), 'dependency').map((dependency) => ({
    ...parseCoordinates(dependency),
    type: textAt(dependency, 'type') ?? '',
    classifier: textAt(dependency, 'classifier') ?? '',
    scope: textAt(dependency, 'scope') ?? '',
  }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(node: unknown, name: string): unknown {
  return isRecord(node) && Object.hasOwn(node, name) ? node[name] : undefined;
}

function textAt(node: unknown, name: string): string | undefined {
  const value = at(node, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function listAt(node: unknown, name: string): readonly unknown[] {
  const value = at(node, name);
  if (value === undefined || value === '') return [];
  return Array.isArray(value) ? value : [value];
}

function findDeep(node: unknown, name: string): unknown {
  if (Array.isArray(node)) {
    for (const item of node as readonly unknown[]) {
      const found = findDeep(item, name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isRecord(node)) return undefined;
  return at(node, name) ?? findDeep(Object.values(node), name);
}
