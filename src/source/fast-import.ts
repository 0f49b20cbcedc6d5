// Renders a whole git history as one stream for `git fast-import`. Knows nothing of what the files say.
import type {SampleFile} from './sample-tree.ts';

export interface Snapshot {
  readonly tag: string;
  readonly kind: 'lightweight' | 'annotated';
  /** ISO 8601 */
  readonly date: string;
  readonly files: readonly SampleFile[];
}

/**
 * One commit a snapshot, each the parent of the next, on the branch `main`. The stream says all that enters a
 * commit id, so that no configuration, clock or user of the host does.
 * @param author `Name <address>`
 */
export function renderFastImport(snapshots: readonly Snapshot[], author: string): string {
  const parts = snapshots.flatMap((snapshot, index) => {
    const mark = index + 1;
    const when = `${author} ${Date.parse(snapshot.date) / 1000} +0000`;
    const commit = [
      'commit refs/heads/main',
      `mark :${mark}`,
      `author ${when}`,
      `committer ${when}`,
      renderData(`Sample for ${snapshot.tag}\n`),
      ...(index === 0 ? [] : [`from :${index}`]),
      'deleteall',
      ...snapshot.files.flatMap((file) => [
        `M ${file.isExecutable ? '100755' : '100644'} inline ${file.path}`,
        renderData(file.text),
      ]),
    ];
    const tag =
      snapshot.kind === 'annotated'
        ? [`tag ${snapshot.tag}`, `from :${mark}`, `tagger ${when}`, renderData(`${snapshot.tag}\n`)]
        : [`reset refs/tags/${snapshot.tag}`, `from :${mark}`, ''];
    return [...commit, '', ...tag];
  });
  return `feature done\n${parts.join('\n')}\ndone\n`;
}

function renderData(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}
