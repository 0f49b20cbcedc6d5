// Makes HTML of values: whatever is put into a template is text, unless it was made by a template itself. Knows no page.

/** Text that is HTML already. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Insert = Markup | string | number | boolean | undefined | null | readonly Insert[];

/** Safe between tags and between double quotes. Control characters, which no HTML may have, are shown as U+FFFD. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll(/\p{Cc}/gu, (control) => (/\s/.test(control) ? control : '\uFFFD'))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Attributes stand in double quotes: `<a href="${x}">`. Lists are joined; `undefined`, `null`, `false` and `true` are nothing. */
export function html(parts: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  let text = shorten(parts[0] ?? '');
  inserts.forEach((insert, index) => {
    text += render(insert) + shorten(parts[index + 1] ?? '');
  });
  return new Markup(text);
}

/** Templates are indented for those who read them; a page of thousands of rows need not be. */
function shorten(part: string): string {
  return part.replaceAll(/\s*\n\s*/g, '\n');
}

function render(insert: Insert): string {
  if (insert instanceof Markup) return insert.text;
  if (typeof insert === 'string') return escapeHtml(insert);
  if (typeof insert === 'number') return String(insert);
  if (insert === undefined || insert === null || typeof insert === 'boolean') return '';
  return insert.map(render).join('');
}

/** What can stand in an id and in the part of an address behind `#`; two different texts never give the same. */
export function renderId(prefix: string, text: string): string {
  return `${prefix}-${text.replaceAll(/[^A-Za-z0-9.-]/g, (letter) => `_${(letter.codePointAt(0) ?? 0).toString(16)}_`)}`;
}
