// What Maven resolved for each module of a build, as ResolvedArtifacts.java of data/guest/ writes it. Pure. The text comes
// from a guest: what is not of its form is left out.

export interface Artifact {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  /** `jar` of most. */
  readonly type: string;
  readonly classifier?: string | undefined;
  /** Of its file; absent where Maven had none. */
  readonly sha256?: string | undefined;
  /** As its pom or one above says them. */
  readonly licences: readonly string[];
  /** Some of its classes: CRC-32 by the entry's name. */
  readonly classes: ReadonlyMap<string, number>;
}

export interface Resolved {
  /** By key: `group:name:type:classifier:version`. */
  readonly artifacts: ReadonlyMap<string, Artifact>;
  /** By module, `group:name:version`: keys of what it resolved, with the scope of each. */
  readonly modules: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export const nothingResolved: Resolved = {artifacts: new Map(), modules: new Map()};

/** Far more than the 60,000 lines of the largest Spark; who writes more wants to fill our memory. */
const mostLines = 500_000;
const coordinate = /^[\w.+-]{1,200}$/;

export function parseResolved(text: string): Resolved {
  const artifacts = new Map<string, Artifact>();
  const modules = new Map<string, Map<string, string>>();
  for (const line of text.split('\n', mostLines)) {
    const [kind, ...words] = line.split('\t');
    if (kind === 'artifact') {
      const [group = '', name = '', type = '', classifier = '', version = '', sha256 = ''] = words;
      const [, , , , , , licences = '', classes = ''] = words;
      if (![group, name, type, version].every((word) => coordinate.test(word))) continue;
      if (classifier !== '' && !coordinate.test(classifier)) continue;
      artifacts.set(`${group}:${name}:${type}:${classifier}:${version}`, {
        ...{group, name, version, type},
        classifier: classifier === '' ? undefined : classifier,
        sha256: /^[0-9a-f]{64}$/.test(sha256) ? sha256 : undefined,
        licences: licences.split(' | ').filter((each) => each !== ''),
        classes: parseClasses(classes),
      });
    }
    if (kind === 'member') {
      const [module = '', key = '', scope = ''] = words;
      const members = modules.get(module) ?? new Map<string, string>();
      if (members.size === 0) modules.set(module, members);
      members.set(key, scope);
    }
  }
  return {artifacts, modules};
}

function parseClasses(text: string): ReadonlyMap<string, number> {
  const pairs = text.split(',').flatMap((each) => {
    const [, name, crc] = /^(.+\.class)=([0-9a-f]{1,8})$/.exec(each) ?? [];
    return name === undefined || crc === undefined ? [] : [[name, Number.parseInt(crc, 16)] as const];
  });
  return new Map(pairs);
}

/** With which a module's own jar is made; what is only provided or for tests is not packed. */
export function isPacked(scope: string | undefined): boolean {
  return scope === 'compile' || scope === 'runtime';
}
