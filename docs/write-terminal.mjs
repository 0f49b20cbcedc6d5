// Writes docs/images/terminal.png, the picture in the README: a real run in a terminal of its own, as it looked after
// so many seconds. node docs/write-terminal.mjs 14 build-spark --cdh 5.7.0,5.16.2 … Needs `script` and Debian's chromium.
import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {chromium} from 'playwright-core';

const [seconds = '10', ...command] = process.argv.slice(2);
const [columns, rows] = [100, 29];
const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
const run = spawn('script', ['-qfec', `stty cols ${columns} rows ${rows}; ${quoted}`, '/dev/null'], {
  env: {
    ...process.env,
    TERM: 'xterm-256color',
    PATH: `${fileURLToPath(new URL('../bin', import.meta.url))}:${process.env.PATH}`,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const start = Date.now();
let shown = `$ ${command.join(' ')}\r\n`;
run.stdout.on('data', (bytes) => {
  if (Date.now() - start < Number(seconds) * 1000) shown += bytes.toString('utf8');
});
await new Promise((done) => run.once('close', done));

const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []; // It does not start as root with one.
const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args});
const page = await browser.newPage({viewport: {width: 1000, height: 600}});
await page.setContent(
  '<body style="margin:0;background:#16181d"><div id="screen" style="padding:16px;width:max-content"></div>',
);
await page.addStyleTag({path: fileURLToPath(import.meta.resolve('@xterm/xterm/css/xterm.css'))});
await page.addScriptTag({path: fileURLToPath(import.meta.resolve('@xterm/xterm/lib/xterm.js'))});
await page.evaluate(
  ({shown, columns, rows}) => {
    const terminal = new globalThis.Terminal({
      cols: columns,
      rows,
      fontSize: 14,
      theme: {background: '#16181d'},
      cursorInactiveStyle: 'none',
    });
    terminal.open(globalThis.document.getElementById('screen'));
    return new Promise((drawn) => terminal.write(shown, () => setTimeout(drawn, 300)));
  },
  {shown, columns, rows},
);
const path = fileURLToPath(new URL('images/terminal.png', import.meta.url));
await page.locator('#screen').screenshot({path});
await browser.close();
