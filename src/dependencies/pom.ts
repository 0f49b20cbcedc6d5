// Reads the few things that we need from the text of a Maven pom. Knows no Spark, and no more of XML than
// poms use: elements, text, comments.

export interface Coordinates {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
}

/** As written in the pom: with `${...}` in it, and '' for what is not said. */
export interface PomDependency extends Coordinates {
  readonly type: string;
  readonly classifier: string;
  readonly scope: string;
}

export interface Pom extends Coordinates {
  readonly parent?: Coordinates;
  /** Of the project itself, not those of its profiles. */
  readonly properties: ReadonlyMap<string, string>;
  /** Everywhere in the pom: managed ones and those of profiles too. */
  readonly dependencies: readonly PomDependency[];
  /** The project's own `<dependencyManagement>`. */
  readonly managed: readonly PomDependency[];
}

/** @returns undefined when the text is not a pom. */
export function parsePom(text: string): Pom | undefined {
  const project = inner(text.replaceAll(/<!--[\s\S]*?-->/g, ''), 'project');
  if (project === undefined) return undefined;
  const parentText = inner(project, 'parent');
  const parent = parentText === undefined ? undefined : parseCoordinates(parentText);
  const own = without(project, 'parent', 'profiles', 'build', 'dependencyManagement', 'dependencies');
  const {groupId, artifactId, version} = parseCoordinates(without(own, 'properties'));
  const management = inner(without(project, 'profiles', 'build'), 'dependencyManagement') ?? '';
  return {
    groupId: groupId === '' ? (parent?.groupId ?? '') : groupId,
    artifactId,
    version: version === '' ? (parent?.version ?? '') : version,
    ...(parent === undefined ? {} : {parent}),
    properties: parseProperties(inner(own, 'properties') ?? ''),
    dependencies: parseDependencies(project),
    managed: parseDependencies(management),
  };
}

/** Puts in what the properties say, as often as it takes; what nobody knows stays as it is. */
export function resolveProperties(text: string, properties: ReadonlyMap<string, string>): string {
  let resolved = text;
  for (let depth = 0; depth < 10 && resolved.includes('${'); depth++) {
    resolved = resolved.replaceAll(/\$\{([^}]+)\}/g, (whole, name: string) => properties.get(name) ?? whole);
  }
  return resolved;
}

/** For text that becomes part of an XML file. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function inner(text: string, tag: string): string | undefined {
  return new RegExp(`<${tag}(?:\\s[^>]*)?>([\\s\\S]*?)</${tag}>`).exec(text)?.[1];
}

function without(text: string, ...tags: readonly string[]): string {
  // <dependencies> also stands inside <dependencyManagement> and <build>: those are taken away first.
  return tags.reduce(
    (rest, tag) => rest.replaceAll(new RegExp(`<${tag}>[\\s\\S]*?</${tag}>`, 'g'), ''),
    text,
  );
}

function field(text: string, tag: string): string {
  return (inner(text, tag) ?? '').trim();
}

function parseCoordinates(text: string): Coordinates {
  return {
    groupId: field(text, 'groupId'),
    artifactId: field(text, 'artifactId'),
    version: field(text, 'version'),
  };
}

function parseProperties(text: string): ReadonlyMap<string, string> {
  const found = text.matchAll(/<([A-Za-z0-9_.-]+)>([^<]*)<\/\1>/g);
  return new Map([...found].map(([, name = '', value = '']) => [name, value.trim()]));
}

function parseDependencies(text: string): readonly PomDependency[] {
  return [...text.matchAll(/<dependency>([\s\S]*?)<\/dependency>/g)].map(([, body = '']) => {
    const plain = without(body, 'exclusions');
    return {
      ...parseCoordinates(plain),
      type: field(plain, 'type'),
      classifier: field(plain, 'classifier'),
      scope: field(plain, 'scope'),
    };
  });
}
