// What Maven resolved for each module of a build, as ResolvedArtifacts.java of data/guest/ writes it. Pure. The text comes
// from a guest: what is not of its form is left out.
import {cutLine, stripControls} from '../core/printable.ts';

export interface Artifact {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  /** `jar` of most. */
  readonly type: string;
  readonly classifier?: string | undefined;
  /** Of its file; absent of what was built here and not fetched, which is another file each time. */
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
/** Of a licence's name, which some poms write as a text. */
const mostLicence = 300;
const mostLicences = 20;

/** Whether this is a group, name, type or version as Maven writes them. */
export function isCoordinate(word: string | undefined): boolean {
  return word !== undefined && /^[\w.+-]{1,200}$/.test(word);
}

export function parseResolved(text: string): Resolved {
  const artifacts = new Map<string, Artifact>();
  const modules = new Map<string, Map<string, string>>();
  for (const line of text.split('\n', mostLines)) {
    const [kind, ...words] = line.split('\t');
    if (kind === 'artifact') {
      const [group = '', name = '', type = '', classifier = '', version = '', sha256 = ''] = words;
      const [, , , , , , licences = '', classes = ''] = words;
      if (![group, name, type, version].every(isCoordinate)) continue;
      if (classifier !== '' && !isCoordinate(classifier)) continue;
      artifacts.set(`${group}:${name}:${type}:${classifier}:${version}`, {
        ...{group, name, version, type},
        classifier: classifier === '' ? undefined : classifier,
        sha256: /^[0-9a-f]{64}$/.test(sha256) ? sha256 : undefined,
        licences: licences
          .split(' | ', mostLicences)
          .map((each) => cutLine(stripControls(each).trim(), mostLicence))
          .filter((each) => each !== ''),
        classes: parseClasses(classes),
      });
    }
    if (kind === 'member') {
      const [module = '', key = '', scope = ''] = words;
      if (!isModule(module) || !isKey(key) || !/^[a-z]{1,20}$/.test(scope)) continue;
      const members = modules.get(module) ?? new Map<string, string>();
      if (members.size === 0) modules.set(module, members);
      members.set(key, scope);
    }
  }
  return {artifacts, modules};
}

/** `group:name:version` */
function isModule(text: string): boolean {
  const parts = text.split(':');
  return parts.length === 3 && parts.every(isCoordinate);
}

/** `group:name:type:classifier:version`, most without a classifier. */
function isKey(text: string): boolean {
  const parts = text.split(':');
  return parts.length === 5 && parts.every((part, at) => isCoordinate(part) || (at === 3 && part === ''));
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
