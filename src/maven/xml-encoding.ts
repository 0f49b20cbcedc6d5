// The text of an XML file in whatever encoding it says it has. Pure.

/** @returns The text without a byte order mark, or why there is none. */
export function decodeXml(bytes: Uint8Array): {readonly text: string} | {readonly problem: string} {
  const label = findMark(bytes) ?? findDeclared(bytes) ?? 'utf-8';
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(label, {fatal: true});
  } catch {
    return {problem: `its encoding ${JSON.stringify(label)} is not known`};
  }
  try {
    return {text: decoder.decode(bytes)};
  } catch {
    return {problem: `it says it is ${label.toUpperCase()}, but it is not`};
  }
}

/** By the byte order mark, or by how `<?` or `<s` looks in UTF-16 (XML 1.0, appendix F). */
function findMark([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return 'utf-16be';
  return undefined;
}

function findDeclared(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  return /^<\?xml[^>]*?\sencoding\s*=\s*["']([^"']+)["']/.exec(head)?.[1];
}
