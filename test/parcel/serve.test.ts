import {connect} from 'node:net';
import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {serveFolder} from '../../src/parcel/serve.ts';
import {makeFolder} from '../distribution/fake-dist.ts';

async function serve() {
  const root = await makeFolder();
  const folder = join(root, 'parcels');
  await mkdir(join(folder, 'inner'), {recursive: true});
  await writeFile(join(folder, 'manifest.json'), '{"parcels": []}\n');
  await writeFile(join(folder, 'A-1-el7.parcel'), 'x'.repeat(100_000));
  await writeFile(join(folder, '.A-1-el7.parcel.partial'), 'half');
  await writeFile(join(folder, 'inner/file'), 'inner');
  await writeFile(join(root, 'secret'), 'secret');
  await symlink('../secret', join(folder, 'link'));
  const lines: string[] = [];
  const served = await serveFolder(folder, {host: '127.0.0.1', port: 0}, (line) => lines.push(line));
  onTestFinished(served.close);
  return {...served, lines, url: `http://127.0.0.1:${served.port}`};
}

/** As it stands: fetch would tidy the path. */
function ask(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`${request}\r\nHost: x\r\nConnection: close\r\n\r\n`),
    );
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    socket.on('end', () => resolve(text)).on('error', reject);
  });
}

test('gives the files of its folder, whole, and their sizes alone to HEAD', async () => {
  const {url, lines} = await serve();
  const manifest = await fetch(`${url}/manifest.json?x=1`);
  expect(await manifest.json()).toEqual({parcels: []});
  const parcel = await fetch(`${url}/A-1-el7.parcel`);
  expect((await parcel.text()).length).toBe(100_000);
  const head = await fetch(`${url}/A-1-el7.parcel`, {method: 'HEAD'});
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '100000', '']);
  expect(await (await fetch(`${url}/`)).text()).toBe('A-1-el7.parcel\nmanifest.json\n');
  await expect.poll(() => lines).toContain('GET "/A-1-el7.parcel" 200');
});

test.each([
  '/../secret',
  '/%2e%2e/secret',
  '/..%2fsecret',
  '//etc/passwd',
  '/link',
  '/inner',
  '/inner/file',
  '/.A-1-el7.parcel.partial',
  '/manifest.json/',
  '/%00',
  '/%E0%A4%A',
  '/none',
])('does not find %s', async (path) => {
  const {port} = await serve();
  expect(await ask(port, `GET ${path} HTTP/1.1`)).toMatch(/^HTTP\/1\.1 404 /);
});

test('takes nothing', async () => {
  const {url} = await serve();
  for (const method of ['POST', 'PUT', 'DELETE'])
    expect((await fetch(`${url}/manifest.json`, {method})).status).toBe(405);
});

test('a folder without a manifest is no repository, and a port that is taken is said', async () => {
  const folder = await makeFolder();
  const at = {host: '127.0.0.1', port: 0};
  await expect(serveFolder(folder, at, () => undefined)).rejects.toMatchObject({exitCode: 2});
  await expect(serveFolder(join(folder, 'none'), at, () => undefined)).rejects.toMatchObject({exitCode: 2});
  const {port} = await serve();
  await writeFile(join(folder, 'manifest.json'), '{}');
  await expect(serveFolder(folder, {host: '127.0.0.1', port}, () => undefined)).rejects.toMatchObject({
    exitCode: 4,
  });
});

test('a folder that is not there, a file, and a port that is taken are named in words', async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'manifest.json'), '{}');
  const address = {host: '127.0.0.1', port: 0};
  const refused = async (path: string, at = address) =>
    serveFolder(path, at, () => undefined).then(
      (served) => served.close().then(() => ''),
      (error: unknown) => (error as Error).message,
    );
  expect(await refused(join(folder, 'gone'))).toBe(`${folder}/gone is not there.`);
  expect(await refused(join(folder, 'manifest.json'))).toBe(
    `${folder}/manifest.json is a file, not a folder.`,
  );
  const {port} = await serve();
  expect(await refused(folder, {host: '127.0.0.1', port})).toBe(
    `Cannot listen on 127.0.0.1:${port}: another program listens there.`,
  );
});
