// The text of SHA256SUMS, as `sha256sum -c` of GNU coreutils takes it. Knows no files.

export interface Sum {
  readonly path: string;
  /** 64 hex digits. */
  readonly sha256: string;
}

const escapes: Readonly<Record<string, string>> = {'\\': '\\\\', '\n': '\\n', '\r': '\\r'};

/** A line whose name needed escaping begins with a backslash. Source: coreutils manual, "md5sum invocation". */
export function renderSums(sums: readonly Sum[]): string {
  return sums
    .map(({path, sha256}) => {
      const escaped = path.replace(/[\\\n\r]/g, (character) => escapes[character] ?? character);
      return `${escaped === path ? '' : '\\'}${sha256}  ${escaped}\n`;
    })
    .join('');
}

/** @returns undefined when a line is not of this format. */
export function parseSums(text: string): readonly Sum[] | undefined {
  const sums: Sum[] = [];
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const match = /^(\\?)([0-9a-f]{64}) [ *](.+)$/s.exec(line);
    if (match === null) return undefined;
    const [, isEscaped, sha256 = '', name = ''] = match;
    const path = isEscaped === '' ? name : unescape(name);
    if (path === undefined) return undefined;
    sums.push({path, sha256});
  }
  return sums;
}

function unescape(name: string): string | undefined {
  if (!/^(?:[^\\]|\\[\\nr])*$/s.test(name)) return undefined;
  return name.replace(/\\([\\nr])/g, (_all, letter: string) =>
    letter === 'n' ? '\n' : letter === 'r' ? '\r' : '\\',
  );
}
