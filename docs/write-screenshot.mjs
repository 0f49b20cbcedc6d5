// Writes docs/images/report.png, the picture in the README, of a page that `build-spark report` wrote:
// node docs/write-screenshot.mjs report.html. Needs Debian's chromium.
import {resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';

const [page = 'report.html'] = process.argv.slice(2);
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []; // It does not start as root with one.
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args});
const view = await browser.newPage({viewport: {width: 1280, height: 1300}, colorScheme: 'light'});
await view.goto(pathToFileURL(resolve(page)).href);
await view.screenshot({path: fileURLToPath(new URL('images/report.png', import.meta.url))});
await browser.close();
