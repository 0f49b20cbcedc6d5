// A login in a source's URL reaches the server, and nobody who lists the processes of this host.
import {createServer, type RequestListener} from 'node:http';
import type {AddressInfo} from 'node:net';
import {expect, onTestFinished, test} from 'vitest';
import type {Exec} from '../../src/core/exec.ts';
import {parseSource} from '../../src/source/location.ts';
import {openMirror} from '../../src/source/mirror.ts';
import {listTags} from '../../src/source/ref-listing.ts';
import {planUrlLogin} from '../../src/source/url-login.ts';
import {makeFolder, makeTools} from './fixtures.ts';

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Wants a login, and has nothing for those who have one. */
function askForLogin(seen: (string | undefined)[]): RequestListener {
  return ({headers}, response) => {
    seen.push(headers.authorization);
    response.writeHead(headers.authorization === undefined ? 401 : 404, {
      'WWW-Authenticate': 'Basic realm="r"',
    });
    response.end();
  };
}

async function record() {
  const {exec, ...tools} = makeTools(await makeFolder());
  const words: string[] = [];
  const recording: Exec = (argv, options) => {
    words.push(...argv);
    return exec(argv, options);
  };
  return {tools: {...tools, exec: recording}, words};
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test('the server gets the login, decoded; no command has it among its words', async () => {
  const seen: (string | undefined)[] = [];
  const host = await serve(askForLogin(seen));
  const {tools, words} = await record();
  const source = parseSource(`http://al%40ice:s3cr%27et%2Fpw@${host}/spark.git`, '/');
  await expect(listTags(source, tools)).rejects.toThrow('not a git repository');
  await expect(openMirror(source, tools).resolve('main')).rejects.toThrow('not a git repository');
  expect(seen.filter((each) => each === basic("al@ice:s3cr'et/pw")).length).toBeGreaterThan(1);
  expect(words.join(' ')).toContain(`http://${host}/spark.git`);
  expect(words.join(' ')).not.toMatch(/s3cr|alice|al%40ice/);
});

test('another host to which the server sends git gets no login', async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve(askForLogin(seen));
  const host = await serve(({url}, response) => {
    response.writeHead(302, {Location: `http://${other}${url ?? ''}`}).end();
  });
  const {tools} = await record();
  const source = parseSource(`http://alice:s3cret@${host}/spark.git`, '/');
  await expect(listTags(source, tools)).rejects.toThrow('credentials');
  expect(new Set(seen)).toEqual(new Set([undefined]));
});

test('what has no password stays as it is', () => {
  for (const url of [
    'https://alice@example.com/x.git',
    'ssh://git:x@example.com/x.git',
    'git@example.com:x.git',
  ])
    expect(planUrlLogin(url)).toEqual({where: url, settings: [], env: {}});
});
