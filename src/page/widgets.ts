// Owns the small things that every page of ours has: a status with its mark, a time, a command to copy, a list of facts.
import {html, type Insert, type Markup} from './html.ts';

/** How something stands; the mark says it to those who do not see its colour. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle';

export interface Status {
  readonly tone: Tone;
  readonly mark: string;
  readonly word: string;
}

export function renderStatus({tone, mark, word}: Status): Markup {
  return html`<span class="status ${tone}"
    ><span class="mark" aria-hidden="true">${mark}</span>${word}</span
  >`;
}

/** `2026-11-27 15:04:05`, UTC. */
export function renderTime(at: string | number): Markup {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>`;
}

/** @param what Of the button, for those who hear it: `the command for cdh5.7.0`. */
export function renderCopy(command: string, what: string): Markup {
  return html`<div class="copy">
    <code>${command}</code><button type="button" data-copy aria-label="Copy ${what}">Copy</button>
  </div>`;
}

/** Facts without a value are left out. */
export function renderFacts(facts: readonly (readonly [name: string, value: Insert])[]): Markup {
  const given = facts.filter(([, value]) => value !== undefined && value !== '');
  return html`<dl class="facts">
    ${given.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

export interface TableOptions {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly {readonly cells: readonly Insert[]; readonly attributes?: Markup | undefined}[];
  /** Columns of numbers. */
  readonly right?: readonly number[];
}

/** The first cell of a row is its name. */
export function renderTable({caption, head, rows, right = []}: TableOptions): Markup {
  const align = (index: number): Insert => (right.includes(index) ? html` class="right"` : '');
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption class="unseen">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head.map((name, index) => html`<th scope="col" ${align(index)}>${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({cells, attributes}) =>
            html`<tr${attributes}>${cells.map((cell, index) =>
              index === 0 ? html`<th scope="row">${cell}</th>` : html`<td${align(index)}>${cell}</td>`,
            )}</tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
