// The page in a real browser, Debian's Chromium: what is on it, filters, keys, what changes live, its policy, accessibility.
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {chromium, type Browser, type Page} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Event} from '../../src/core/events.ts';
import {serveReport} from '../../src/report/serve-report.ts';
import {writeReport} from '../../src/report/write-report.ts';
import {failureLines, planRun, type RunOptions} from './page-runs.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
const hostile = '"><img src=x onerror=alert(1)><script>document.title="taken"</script>';
const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 10, 27, 1);
const now = new Date(startMs + 1_500_000);
const last: RunOptions = {
  runId: '20261127T010000-0001',
  startMs,
  ends: {
    'cdh5.7.0-nodeps-R': 'failed',
    'cdh5.12.1': 'cancelled',
    'cdh5.5.2': 'up-to-date',
    'cdh5.5.2-nodeps-R': 'skipped',
  },
  lines: [...failureLines, `[ERROR] ${hostile}`],
};

let folder: string;
let browser: Browser;

const toText = (events: readonly Event[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');

async function writeRun(runs: string, options: RunOptions): Promise<void> {
  await mkdir(runs, {recursive: true});
  await writeFile(join(runs, `${options.runId ?? ''}.ndjson`), toText(planRun(options)));
}

/** @returns The page's file. */
async function makePage(runs: readonly RunOptions[], name: string): Promise<string> {
  const place = join(folder, name);
  for (const run of runs) await writeRun(join(place, 'runs'), run);
  return writeReport({runs: join(place, 'runs'), logs: join(place, 'logs'), now}, 'report.html', place);
}

interface Opened {
  readonly page: Page;
  /** What the browser complained of: scripts that threw, what the policy forbade, what was fetched from elsewhere. */
  readonly complaints: readonly string[];
}

async function openPage(url: string, {width = 1280, dark = false, reduced = false} = {}): Promise<Opened> {
  const page = await browser.newPage({
    viewport: {width, height: 900},
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: reduced ? 'reduce' : 'no-preference',
  });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', ({message}) => complaints.push(message));
  page.on('request', (request) => {
    if (!request.url().startsWith(dirname(url)) && !request.url().startsWith('data:'))
      complaints.push(request.url());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`alert: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return {page, complaints};
}

/** Asked from here: the page's policy forbids what would ask in it. */
async function until(page: Page, expression: string): Promise<void> {
  await expect.poll(() => page.evaluate(expression), {timeout: 20_000}).toBe(true);
}

// Not for slow tests: axe on an unfolded page is slow where builds take the cores.
describe.skipIf(executablePath === undefined)('the page in a browser', {timeout: 180_000}, () => {
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'page-'));
    browser = await chromium.launch({executablePath: executablePath ?? '', args: ['--no-sandbox']});
    const earlier = [1, 2, 3].map((days) => ({
      runId: `2026112${7 - days}T010000-0001`,
      startMs: startMs - days * dayMs,
      pace: 1 + days / 50,
    }));
    url = pathToFileURL(await makePage([...earlier, last], 'static')).href;
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await rm(folder, {recursive: true});
  });

  test('the answer, then what failed with its lines and the remedy, then the rest; nothing is fetched', async () => {
    const {page, complaints} = await openPage(url);
    expect(await page.locator('h1').textContent()).toBe('9 of 12 dists are there, 1 failed');
    const failure = page.locator('article.failed');
    expect(await failure.count()).toBe(1);
    expect(await failure.textContent()).toContain('value <init> is not a member of Task');
    expect(await failure.locator('.remedy').textContent()).toContain('build-spark source');
    expect(await failure.locator('pre').textContent()).toBe(
      [...failureLines, `[ERROR] ${hostile}`].join('\n'),
    );
    expect(await page.locator('details.build').count()).toBe(12);
    expect(await page.locator('.matrix tbody tr').count()).toBe(4);
    expect(await page.locator('#timeline details.run').count()).toBe(4);
    expect(await page.locator('details.missing').first().textContent()).toMatch(/CDH 5\.4\.\d+/);
    const card = page.locator('#b-cdh5.7.0-nodeps'.replaceAll('.', '\\.'));
    const text = (await card.textContent()) ?? '';
    for (const part of [
      'faster than before',
      '4.1 GB of 6.4 GB',
      '-Phive-thriftserver',
      'golden-5c1e',
      'Spark Project Core',
    ])
      expect(text).toContain(part);
    expect(await card.locator('.copy code').textContent()).toMatch(
      /^build-spark --cdh 5\.7\.0 --with thriftserver/,
    );
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('filters by release, host and status, together, and what is shown is said', async () => {
    const {page} = await openPage(url);
    const shown = () => page.locator('details.build:not(.off) .id').allTextContents();
    await page.selectOption('select[name=status]', 'failed');
    expect(await shown()).toEqual(['cdh5.7.0-nodeps-R']);
    expect(await page.locator('#said').textContent()).toBe('1 of 12 builds are shown');
    await page.click('button[type=reset]');
    await until(page, "document.querySelectorAll('details.build.off').length === 0");
    await page.fill('input[name=release]', 'CDH 5.16');
    expect((await shown()).every((id) => id.startsWith('cdh5.16.2'))).toBe(true);
    expect(await page.locator('.matrix tbody tr:not(.off)').count()).toBe(1);
    const host = await page.locator('details.build:not(.off)').first().getAttribute('data-host');
    await page.selectOption('select[name=host]', host ?? '');
    const builds = page.locator('details.build:not(.off)');
    for (let index = 0; index < (await builds.count()); index++)
      expect(await builds.nth(index).getAttribute('data-host')).toBe(host);
    const drawn = await page.locator('#timeline details.run[open] svg a:not(.off)').count();
    expect(drawn).toBe(await builds.count());
    await page.close();
  });

  test('by keys alone: skip to the content, through the matrix, into a build, and along the builds', async () => {
    const {page} = await openPage(url);
    await page.keyboard.press('Tab');
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('To the content');
    await page.locator('.matrix a').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate<string>("document.activeElement.getAttribute('href')")).toBe('#b-cdh5.7.0');
    await page.keyboard.press('Enter');
    const card = page.locator('details.build[data-build="cdh5.7.0"]');
    await until(page, "document.activeElement.tagName === 'SUMMARY'");
    expect(await card.getAttribute('open')).not.toBeNull();
    const before = await page.evaluate<string>('document.activeElement.textContent');
    await page.keyboard.press('ArrowDown');
    const after = await page.evaluate<string>('document.activeElement.textContent');
    expect(after).not.toBe(before);
    await page.locator('#timeline svg a').first().focus();
    expect(await page.evaluate<string>("document.activeElement.getAttribute('href')")).toMatch(/^#b-/);
    await page.close();
  });

  test.each([
    [1280, false],
    [1280, true],
    [390, false],
    [390, true],
  ])('%i px wide, dark: %s: no overflow, and axe finds nothing', async (width, dark) => {
    const {page, complaints} = await openPage(url, {width, dark});
    await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))");
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    if (dark !== (width === 390)) return page.close();
    // The page's own policy lets nobody add a script; the browser's tools may.
    const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await page.evaluate(source);
    const violations = await page.evaluate<readonly string[]>(
      "axe.run().then(({violations}) => violations.map(({id, nodes}) => id + ': ' + nodes[0].html + nodes[0].failureSummary))",
    );
    expect(violations).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('who wants no motion gets none; on paper nothing is left that is only for hands', async () => {
    const {page} = await openPage(url, {reduced: true});
    expect(await page.evaluate('getComputedStyle(document.documentElement).scrollBehavior')).toBe('auto');
    await page.emulateMedia({media: 'print'});
    expect(await page.locator('#filters').isVisible()).toBe(false);
    expect(await page.locator('article.failed').isVisible()).toBe(true);
    await page.close();
  });

  test('HTML in names, commands and lines stays text', async () => {
    const release = hostile;
    const run = {
      runId: 'bad',
      releases: [release],
      ends: {[`${release}-nodeps`]: 'failed'},
      lines: [hostile],
    } as const;
    const bad = pathToFileURL(await makePage([run], 'hostile')).href;
    const {page, complaints} = await openPage(bad);
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe('1 failed, 3 builds · build-spark');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('.matrix th[scope=row]').textContent()).toBe(release);
    expect(await page.locator('details.build .id').first().textContent()).toBe(`${release}-nodeps`);
    await page.close();
  });

  test('a run that goes on: what changes is sent, what was opened stays open, a lost connection comes back', async () => {
    const runs = join(folder, 'live/runs');
    const events = planRun(last);
    const half = events.findIndex(({type}) => type === 'build.finished') + 20;
    await mkdir(runs, {recursive: true});
    const file = join(runs, `${events[0]?.runId ?? ''}.ndjson`);
    await writeFile(file, toText(events.slice(0, half)));
    const stop = new AbortController();
    let tell: (address: string) => void = () => undefined;
    const listening = new Promise<string>((resolve) => (tell = resolve));
    const serving = serveReport({
      ...{folder: runs, logs: join(folder, 'live/logs'), port: 0, signal: stop.signal},
      ...{now: () => new Date(events[half]?.at ?? 0), onListening: (address) => tell(address)},
    });
    const address = await listening;
    const {page, complaints} = await openPage(address);
    await until(page, "document.querySelector('#connection').textContent === 'Live'");
    const id = 'details.build[data-build="cdh5.5.2-nodeps"]';
    await page.waitForSelector(id);
    await page.evaluate(`document.querySelector('${id}').open = true`);
    await writeFile(file, toText(events.slice(half)), {flag: 'a'});
    await until(page, "document.querySelector('h1').textContent.includes('1 failed')");
    expect(await page.locator(id).getAttribute('open')).not.toBeNull();
    expect(await page.locator('article.failed').count()).toBe(1);
    await page.context().setOffline(true);
    await page.context().setOffline(false);
    expect(complaints.filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
    stop.abort();
    await serving;
    await until(page, "document.querySelector('#connection').className === 'lost'");
    const port = Number(new URL(address).port);
    expect(port).toBeGreaterThan(0);
    await page.close();
  });
});
