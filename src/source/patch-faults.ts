// Says why a patch file cannot be taken, by its text alone. Pure; what needs the tree is in patches.ts.

export interface PatchFault {
  /** Goes on after the file's name: `is empty`. */
  readonly reason: string;
  /** What to do. */
  readonly remedy: string;
}

const makeAgain = 'Name a file that `git diff` or `diff -u` wrote.';

/** What makes it not a patch at all. @param content As it lies on the disk. */
export function findPatchFault(content: Buffer): PatchFault | undefined {
  if (content.length === 0) return {reason: 'is empty', remedy: makeAgain};
  const text = content.toString('latin1');
  if (/^(?:\xff\xfe|\xfe\xff)/.test(text) || /^\0?(?:-\0-\0-\0|d\0i\0f\0f)/m.test(text)) {
    return {
      reason: "is UTF-16, as PowerShell's `>` writes it; git reads UTF-8",
      remedy: 'Convert it, and name the new file: iconv -f UTF-16 -t UTF-8 <old> > <new>',
    };
  }
  if (/^@@@+ /m.test(text)) {
    return {
      reason: 'is the combined diff of a merge, which cannot be applied',
      remedy: 'Write the difference from one of its parents: git diff <parent> <merge>',
    };
  }
  if (/^@@ |^(?:rename|copy) from |^old mode |^GIT binary patch|^(?:new|deleted) file mode /m.test(text))
    return undefined;
  if (/^\*{15}/m.test(text) || /^\d+(?:,\d+)?[acd]\d+(?:,\d+)?\r?$/m.test(text)) {
    return {reason: 'is a diff, but not in unified form', remedy: 'Write it with `git diff` or `diff -u`.'};
  }
  if (/^Binary files .* differ\r?$/m.test(text)) return binaryFault;
  return findEncoding(text) ?? {reason: 'holds no change in unified form', remedy: makeAgain};
}

const binaryFault: PatchFault = {
  reason: 'names binary files without their content',
  remedy: 'Write it with: git diff --binary',
};

/** What may be wrong with one that did not apply: by its text, and by what git said. */
export function findRejection(text: string, said: string): PatchFault | undefined {
  const paths = listPaths(text);
  const git = paths.find((path) => path.split('/').some((part) => part.toLowerCase() === '.git'));
  if (git !== undefined)
    return {reason: `writes into a folder .git: ${git}`, remedy: 'Leave that file out of it.'};
  const upwards = paths.find((path) => path.split('/').includes('..'));
  if (upwards !== undefined)
    return {reason: `leads out of the source: ${upwards}`, remedy: 'Make it in the root of the source.'};
  const absolute = paths.find((path) => path.startsWith('/'));
  if (absolute !== undefined) {
    return {
      reason: `names a file by its absolute path: ${absolute}`,
      remedy: 'Make it in the root of the source, with paths relative to it: git diff',
    };
  }
  if (/without full index line|^Binary files .* differ\r?$/m.test(`${said}\n${text}`)) return binaryFault;
  if (text.startsWith('\xef\xbb\xbf')) {
    return {
      reason: 'begins with a byte order mark, which hides its first line from git',
      remedy: 'Remove it, and name the new file: tail -c +4 <old> > <new>',
    };
  }
  return findEncoding(text);
}

function findEncoding(text: string): PatchFault | undefined {
  const encoding = /^Content-Transfer-Encoding:\s*(base64|quoted-printable)/im.exec(text)?.[1];
  if (encoding === undefined) return undefined;
  return {
    reason: `is a mail whose text is encoded (${encoding})`,
    remedy: 'Take the patch out of it, and name that: git mailinfo message.txt new.patch < <mail>',
  };
}

/** The files that it names, as it names them. */
export function listPaths(text: string): readonly string[] {
  const headers = text.matchAll(/^(?:---|\+\+\+) "?([^\t\r\n]+)|^(?:rename|copy) to "?([^\r\n]+)/gm);
  const names = [...headers].map(([, path, moved]) => (path ?? moved ?? '').replace(/"$/, ''));
  return [...new Set(names)].filter((path) => path !== '/dev/null');
}

/** The same patch for a source with other line ends. Headers stay as they are where lines get CRLF. */
export function withLineEnds(text: string, ends: 'LF' | 'CRLF'): string {
  const plain = text.replaceAll('\r\n', '\n');
  return ends === 'LF' ? plain : plain.replace(/^(?!--- |\+\+\+ )([ +-].*)$/gm, '$1\r');
}
