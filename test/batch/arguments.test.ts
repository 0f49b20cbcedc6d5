// What was typed, checked without a host: never thrown, all of it at once, and no secret of it unknown afterwards.
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {readArguments, readHostRequest} from '../../src/batch/arguments.ts';
import {UsageError} from '../../src/core/errors.ts';
import {openDesk} from './desk.ts';

test('sound arguments: a request a row, the source and the proxies', async () => {
  const {terminal, options} = await openDesk({http_proxy: 'http://p:3128'});
  const rows = [{options: options()}, {options: options({label: 'b'})}];
  const args = await readArguments(rows, terminal);
  expect(args.problems).toEqual([]);
  expect(args.requested.map(({request}) => request.label)).toEqual([undefined, 'b']);
  expect(args).toMatchObject({
    source: {type: 'sample'},
    proxies: {http: expect.stringContaining('p:3128') as string},
  });
});

test('mistakes of all kinds are gathered, and the rows that could be read are kept', async () => {
  const {terminal, options, folder} = await openDesk();
  const rows = [
    {options: options({label: '-', cdh: ['1.0.0']})},
    {options: options({patch: [join(folder, 'none.patch')], mavenSettings: join(folder, 'none.xml')})},
  ];
  const {problems, requested} = await readArguments(rows, terminal);
  const text = problems.map(({message}) => message).join('\n');
  for (const part of ['--label', '1.0.0', 'none.patch', 'none.xml']) expect(text).toContain(part);
  expect(requested).toHaveLength(1);
  expect(problems.every((problem) => problem instanceof UsageError)).toBe(true);
});

test('what is secret is known to the terminal before anything is said, also what the settings hold', async () => {
  const {terminal, options, folder} = await openDesk({http_proxy: 'http://u:proxypass@p:3128'});
  const settings = join(folder, 'settings.xml');
  await writeFile(
    settings,
    '<settings><servers><server><id>x</id><username>u</username><password>settingspass</password></server></servers></settings>',
  );
  const {secrets} = await readArguments(
    [{options: options({define: ['token=definepass'], mavenSettings: settings})}],
    terminal,
  );
  for (const secret of ['proxypass', 'settingspass', 'definepass']) {
    expect(secrets.some((known) => known.includes(secret))).toBe(true);
    expect([...terminal.secrets].some((known) => known.includes(secret))).toBe(true);
  }
});

test('as much of a request as a look at this host needs, whatever else of it is wrong', () => {
  const read = (options: Parameters<typeof readHostRequest>[0][number]['options']) =>
    readHostRequest([{options}], '/here');
  expect(read({label: '-', output: 'out', provider: 'lxc'})).toMatchObject({
    ...{output: '/here/out', provider: 'lxc'},
  });
  expect(read({boxChecksum: 'md5:1'})).toBeUndefined();
});
