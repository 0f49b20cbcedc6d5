// Paths and links that somebody else named, below a folder of ours: whether they stay inside. Pure; knows no disk.
import {posix} from 'node:path';

export interface InnerLink {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly target: string;
}

/** As many as Linux follows (source: path_resolution(7)). */
const mostLinks = 40;

/** Whether a path stays below the folder it is relative to, and is written in the one usual way. */
export function isPlainPath(path: string): boolean {
  return (
    !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

/** Whether a link at this path points to something below the folder, as far as the two texts tell. */
export function isInnerLink(link: InnerLink): boolean {
  if (link.target === '' || link.target.startsWith('/')) return false;
  const end = posix.join(posix.dirname(link.path), link.target);
  return end !== '..' && !end.startsWith('../');
}

/**
 * Links whose text leads outside, or that lead outside through other links, or in a circle. What does not exist counts
 * as a folder: somebody may make it later. Takes time by the length of the texts alone: they may be made to be slow.
 * @param links All that are below the folder, at plain paths none of which lies below another.
 */
export function findOuterLinks<L extends InnerLink>(links: readonly L[]): readonly L[] {
  const tree = new LinkTree(links);
  return links.filter((link) => !isInnerLink(link) || !tree.endsInside(link));
}

/** The links and the folders above them, each with a number. */
class LinkTree {
  /** By `<number of the folder>/<name>`. */
  readonly #numbers = new Map<string, number>();
  readonly #targets = new Map<number, string>();

  constructor(links: readonly InnerLink[]) {
    for (const {path, target} of links) {
      let at = 0;
      for (const part of path.split('/')) {
        const key = `${at}/${part}`;
        at = this.#numbers.get(key) ?? this.#numbers.size + 1;
        this.#numbers.set(key, at);
      }
      this.#targets.set(at, target);
    }
  }

  endsInside({path, target}: InnerLink): boolean {
    const at = [0];
    const rest = [...path.split('/').slice(0, -1), ...target.split('/')].reverse();
    for (let followed = 1; rest.length > 0;) {
      const part = rest.pop() ?? '';
      if (part === '' || part === '.') continue;
      if (part === '..') {
        at.pop();
        if (at.length === 0) return false;
        continue;
      }
      // Outside the paths of links there are no links.
      const next = this.#numbers.get(`${at.at(-1) ?? -1}/${part}`) ?? -1;
      const further = this.#targets.get(next);
      if (further === undefined) {
        at.push(next);
        continue;
      }
      followed += 1;
      if (followed > mostLinks || further.startsWith('/')) return false;
      rest.push(...further.split('/').reverse());
    }
    return true;
  }
}

/** A name for a message: on one line, whatever is in it, and not endless. */
export function renderPath(path: string): string {
  const shown = path.replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return shown.length > 300 ? `${shown.slice(0, 300)}…` : shown;
}
