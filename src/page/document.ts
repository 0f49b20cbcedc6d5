// Owns the one file that a page is: head, policy, style, script, footer. Everything is in it, and nothing is fetched.
import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {projectRoot} from '../core/paths.ts';
import {html, type Insert} from './html.ts';

export interface DocumentParts {
  readonly title: string;
  /** Of the body's `main`. */
  readonly content: Insert;
  /** Said in the footer: by what, when, from what. */
  readonly origin: Insert;
  /** The page asks where it came from for what is new. */
  readonly isLive?: boolean;
}

/** Read once, whoever makes a page. */
export interface PageAssets {
  readonly style: string;
  readonly script: string;
}

export async function readAssets(): Promise<PageAssets> {
  const read = (name: string): Promise<string> => readFile(join(projectRoot, 'data/page', name), 'utf8');
  const [style, script] = await Promise.all([read('page.css'), read('page.js')]);
  return {style, script};
}

/**
 * What a browser may do with the page: apply our style, run our script, and nothing else. Both are named by their hash,
 * so that nothing that got into the page by a name or a line of a log could ever be either.
 */
export function renderPolicy({style, script}: PageAssets, isLive: boolean): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    "default-src 'none'",
    `style-src ${hash(style)}`,
    `script-src ${hash(script)}`,
    'img-src data:',
    ...(isLive ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** @returns The text of the file. Style and script stand in it letter by letter, or their hashes would be others. */
export function renderDocument(assets: PageAssets, parts: DocumentParts): string {
  const {title, content, origin, isLive = false} = parts;
  const text = (insert: Insert): string => html`${insert}`.text;
  return [
    '<!doctype html>',
    `<html lang="en"${isLive ? ' data-live' : ''}>`,
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${text(renderPolicy(assets, isLive))}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${text(title)}</title>`,
    '<link rel="icon" href="data:,">',
    `<style>${assets.style}</style>`,
    '</head>',
    '<body>',
    '<a class="skip" href="#main">To the content</a>',
    `<main id="main" tabindex="-1">${text(content)}</main>`,
    `<footer><p>${text(origin)}</p></footer>`,
    '<p id="said" class="unseen" role="status"></p>',
    `<script>${assets.script}</script>`,
    '</body>',
    '</html>\n',
  ].join('\n');
}
