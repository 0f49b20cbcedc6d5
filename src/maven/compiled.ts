// Dependencies which nobody publishes and which are compiled in the machine, from Cloudera's public source. Decides
// what of it, from the poms of its tag. Pure: knows no git and no guest.
import {createHash} from 'node:crypto';
import {UsageError} from '../core/errors.ts';
import {findOrigin} from './artifact-sets.ts';
import {describeEdit, isLeftOut, type Edit} from './edits.ts';
import {parsePom, resolveProperties, type Pom} from './pom.ts';
import {renderParentPom} from './stand-in-poms.ts';
import {fillCdh, type StandIn, type StandInLine} from './stand-in.ts';
import type {SourceFacts} from './source-facts.ts';

/** What a line wants compiled, before anybody has looked for its source. */
export interface CompiledWish {
  /** Key of `compiled` in versions.json: `parquet-cdh5`. */
  readonly name: string;
  /** Which option names another repository: `parquet`. */
  readonly source: string;
  readonly repository: string;
  readonly tag: string;
}

/** Where it was found. */
export interface CompiledSource {
  /** Safe to print: no password, no token. */
  readonly repository: string;
  readonly commit: string;
  /** Text of every pom.xml, by its path. */
  readonly poms: ReadonlyMap<string, string>;
}

/** Plain data, as the rest of a dependency plan. */
export interface CompiledPlan extends Omit<CompiledWish, 'source'> {
  readonly commit: string;
  readonly groupId: string;
  /** As which it is installed. */
  readonly version: string;
  readonly edits: readonly Edit[];
  /** Of Maven, in its source's top folder. */
  readonly arguments: readonly string[];
  /** The stand-in for its own parent; its path is within a local Maven repository. */
  readonly parentPom?: {readonly path: string; readonly text: string} | undefined;
  /** Paths within a local Maven repository. */
  readonly emptyTestJars: readonly string[];
}

/** What a source of this line wants compiled; nothing without a stand-in. */
export function listCompiled(
  mode: string,
  {line: name, parent}: SourceFacts,
  standIn: StandIn,
): readonly CompiledWish[] {
  const line = mode === 'apache' && name !== undefined ? standIn.lines[name] : undefined;
  if (line === undefined) return [];
  return line.compiled.flatMap((key) => {
    const recipe = standIn.compiled[key];
    if (recipe === undefined) return [];
    const {source, repository, tag} = recipe;
    return [{name: key, source, repository, tag: fillCdh(tag, line, parent)}];
  });
}

/** @throws UsageError when the source is not what the recipe was written for. */
export function planCompiled(
  wish: CompiledWish,
  found: CompiledSource,
  of: {readonly line: StandInLine; readonly facts: SourceFacts; readonly standIn: StandIn},
): CompiledPlan {
  const {line, facts, standIn} = of;
  const {name, tag} = wish;
  const recipe = standIn.compiled[name];
  const rootText = found.poms.get('pom.xml');
  if (recipe === undefined) throw new Error(`There is no recipe for ${name}.`);
  const {repository, commit, poms} = found;
  const version = fillCdh(recipe.version, line, facts.parent);
  const root = rootText === undefined ? undefined : parsePom(rootText, `pom.xml of ${repository}`);
  if (root?.groupId !== recipe.groupId || root.version !== version) {
    const other = root === undefined ? 'no pom.xml' : `${root.groupId} ${root.version ?? ''}`;
    throw new UsageError(
      `${tag} of ${repository} has ${other}, where ${recipe.groupId} ${version} was expected.`,
      `Name a repository with Cloudera's own tags: --${wish.source}-source <url or path>`,
    );
  }
  return {
    ...{name, repository, tag, commit, groupId: recipe.groupId, version},
    edits: findEdits(recipe.edits, standIn).filter((edit) => !isLeftOut(edit, poms.get(edit.file))),
    arguments: [
      ...['-pl', recipe.modules.join(','), '-am', '-Dmaven.test.skip=true', '-Dmaven.source.skip=true'],
      ...recipe.arguments,
      'install',
    ],
    ...(root.parent === undefined ? {} : {parentPom: renderParentPom(root.parent, line, standIn)}),
    emptyTestJars: listTestJars(poms, root, recipe.groupId, version),
  };
}

function findEdits(ids: readonly string[], standIn: StandIn): readonly Edit[] {
  return ids.flatMap((id) => {
    const edit = standIn.edits[id];
    return edit === undefined ? [] : [{id, ...edit}];
  });
}

/** Raised when jars of an older format must not be used any more. */
const formatVersion = 1;

/**
 * Under which its jars are kept: the same for equal sources, compiled in the same kind of guest against the same
 * dependencies, which the settings say where to get.
 * @param guest What tells the JDK and Maven.
 */
export function nameCompiled(
  {name, tag, commit, version, edits, arguments: words, parentPom}: CompiledPlan,
  settingsXml: string,
  guest: Readonly<Record<'box' | 'puppet' | 'hiera', string>>,
): string {
  const {box, puppet, hiera} = guest;
  const all = [
    ...[formatVersion, commit, version, edits.map(describeEdit), words, parentPom ?? null],
    ...[findOrigin(settingsXml), box, puppet, hiera],
  ];
  const hash = createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 16);
  return `${name}-${tag.replaceAll(/[^\w.-]/g, '-')}-${hash}`;
}

/** Its modules want each other's, also where no test is compiled. */
function listTestJars(
  poms: ReadonlyMap<string, string>,
  root: Pom,
  groupId: string,
  version: string,
): readonly string[] {
  const properties = {...root.properties, 'project.version': version, 'project.groupId': groupId};
  const folder = groupId.replaceAll('.', '/');
  const names = [...poms].flatMap(([path, text]) =>
    parsePom(text, path)
      .dependencies.filter(
        (of) =>
          resolveProperties(of.groupId, properties) === groupId &&
          (of.type === 'test-jar' || of.classifier === 'tests'),
      )
      .map(({artifactId}) => artifactId)
      .filter((artifactId) => /^[A-Za-z0-9._-]+$/.test(artifactId)),
  );
  return [...new Set(names)]
    .sort()
    .map((name) => `${folder}/${name}/${version}/${name}-${version}-tests.jar`);
}
