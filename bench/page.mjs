// The page of very many builds: how large it is, how long it takes to write, load and scroll in Debian's Chromium.
import {mkdir, mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';
import {rolldown} from 'rolldown';

export const usage = '[--builds 999] [--chromium /usr/bin/chromium]';
export const options = {
  builds: {type: 'string', default: '999'},
  chromium: {type: 'string', default: '/usr/bin/chromium'},
};

/** The made-up runs of the tests, which are TypeScript. */
async function loadRuns(folder) {
  const input = fileURLToPath(new URL('../test/report/page-runs.ts', import.meta.url));
  const bundle = await rolldown({input, logLevel: 'silent'});
  const file = join(folder, 'page-runs.mjs');
  await bundle.write({file});
  await bundle.close();
  return import(pathToFileURL(file).href);
}

export async function run({builds, chromium: executablePath}) {
  const {writeReport} = await import('../lib/report/write-report.js');
  const folder = await mkdtemp(join(tmpdir(), 'bench-page-'));
  let browser;
  try {
    const {planRun} = await loadRuns(folder);
    const releases = Array.from(
      {length: Math.ceil(Number(builds) / 3)},
      (_, index) => `cdh5.${index % 17}.${index}`,
    );
    const lines = Array.from(
      {length: 40},
      (_, index) => `[ERROR] line ${index} ${'of a failed build '.repeat(5)}`,
    );
    const ends = Object.fromEntries(
      releases.filter((_, index) => index % 20 === 0).map((id) => [`${id}-nodeps`, 'failed']),
    );
    const events = planRun({releases, hosts: ['a', 'b', 'c', 'd', 'e'], jobs: 4, ends, lines});
    const runs = join(folder, 'runs');
    await mkdir(runs);
    const kept = join(runs, `${events[0].runId}.ndjson`);
    await writeFile(kept, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const startMs = performance.now();
    const query = {runs, logs: join(folder, 'logs'), now: new Date(events.at(-1).at)};
    const file = await writeReport(query, 'report.html', folder);
    const writeMs = performance.now() - startMs;
    const html = await readFile(file, 'utf8');
    browser = await chromium.launch({executablePath, args: ['--no-sandbox']});
    const page = await browser.newPage({viewport: {width: 1280, height: 900}});
    const loadStartMs = performance.now();
    await page.goto(pathToFileURL(file).href, {timeout: 600_000});
    const loadMs = performance.now() - loadStartMs;
    const filterMs = await page.evaluate(
      "(() => { const start = performance.now(); const select = document.querySelector('select[name=status]'); select.value = 'failed'; select.dispatchEvent(new Event('input', {bubbles: true})); document.body.offsetHeight; return performance.now() - start; })()",
    );
    await page.evaluate("document.querySelector('#filters').reset()");
    const frameMs = await page.evaluate(
      'new Promise((resolve) => { let count = 0; const start = performance.now(); const step = () => { scrollBy(0, 300); if (++count === 60) resolve((performance.now() - start) / 60); else requestAnimationFrame(step); }; requestAnimationFrame(step); })',
    );
    const count = (pattern) => html.match(pattern)?.length ?? 0;
    const rows = {
      builds: count(/<details\s+class="build /g),
      rectangles: count(/<rect/g),
      'events kept, MB': ((await stat(kept)).size / 1e6).toFixed(1),
      'page, MB': (html.length / 1e6).toFixed(1),
      'written in, ms': Math.round(writeMs),
      'loaded in, ms': Math.round(loadMs),
      'filtered in, ms': Math.round(filterMs),
      'a frame while scrolling, ms': frameMs.toFixed(1),
    };
    for (const [name, value] of Object.entries(rows)) process.stdout.write(`${name.padEnd(28)} ${value}\n`);
  } finally {
    await browser?.close();
    await rm(folder, {recursive: true});
  }
}
