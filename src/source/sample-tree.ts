// Renders the files of one sample tag from the base tree, its overlays and fragments. Knows no git and no disk.

export interface SampleTag {
  readonly name: string;
  readonly kind: 'lightweight' | 'annotated';
  /** ISO 8601; of the commit and of the tag. */
  readonly date: string;
  /** Folders of the tree, later ones win. */
  readonly overlays: readonly string[];
  /** Replaces `@NAME@` inside a line. */
  readonly values: Readonly<Record<string, string>>;
  /** Root profiles, each a fragment `profiles/<name>.xml`: the fragment `PROFILES`. */
  readonly profiles: readonly string[];
  /** Replaces a line that is only `@NAME@` by these fragments, by none if the list is empty. */
  readonly fragments: Readonly<Record<string, readonly string[]>>;
}

export interface SampleFile {
  readonly path: string;
  readonly text: string;
  readonly isExecutable: boolean;
}

/** Texts by path relative to data/sample/tree, with `/` and `\n`. */
export type SampleTree = ReadonlyMap<string, string>;

/**
 * @param common Fragments that tags have unless they name their own.
 * @returns The files of the tag, sorted by path (code units), the same on every host.
 * @throws Error when the data names a fragment or a value that is not there: our bug, found by the tests.
 */
export function renderTag(
  tag: SampleTag,
  common: SampleTag['fragments'],
  tree: SampleTree,
): readonly SampleFile[] {
  const fragments = {
    ...common,
    PROFILES: tag.profiles.map((name) => `profiles/${name}.xml`),
    ...tag.fragments,
  };
  const texts = new Map<string, string>();
  for (const overlay of tag.overlays) {
    for (const [path, text] of tree) {
      if (path.startsWith(`${overlay}/`)) texts.set(path.slice(overlay.length + 1), text);
    }
  }
  return [...texts.keys()].sort().map((path) => {
    const text = fillValues(fillFragments(texts.get(path) ?? '', fragments, tree), tag.values);
    // Not from the file's mode: a checkout may have lost that, and the commit must not change with it.
    return {path, text, isExecutable: text.startsWith('#!')};
  });
}

function fillFragments(text: string, fragments: SampleTag['fragments'], tree: SampleTree): string {
  const filled = text.replace(/^@([A-Z0-9_]+)@\n/gm, (_, name: string) =>
    known(fragments, name)
      .map((path) => fillFragments(knownText(tree, `fragments/${path}`), fragments, tree))
      .join(''),
  );
  // Where nothing was filled in, its blank line goes too.
  return filled.replace(/\n{3,}/g, '\n\n');
}

function fillValues(text: string, values: SampleTag['values']): string {
  return text.replace(/@([A-Z0-9_]+)@/g, (_, name: string) => known(values, name));
}

function known<T>(record: Readonly<Record<string, T>>, name: string): T {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  if (value === undefined) throw new Error(`The sample's data does not say what @${name}@ is.`);
  return value;
}

function knownText(tree: SampleTree, path: string): string {
  const text = tree.get(path);
  if (text === undefined) throw new Error(`The sample's tree lacks ${path}.`);
  return text;
}
