// A login in a source's URL reaches the server, and nobody who lists the processes of this host.
import {spawnSync} from 'node:child_process';
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

test('questions for that very origin are answered, and no others, however alike', () => {
  const {env} = planUrlLogin('https://alice:s3cret@example.com:8443/spark.git');
  const ask = (question: string): string =>
    spawnSync(env.GIT_ASKPASS ?? '', [question], {env: {PATH: process.env.PATH, ...env}, encoding: 'utf8'})
      .stdout;
  expect(ask("Username for 'https://example.com:8443': ")).toBe('alice\n');
  expect(ask("Password for 'https://alice@example.com:8443': ")).toBe('s3cret\n');
  expect(ask("Password for 'https://alice@example.com:8443/spark.git': ")).toBe('s3cret\n');
  for (const place of [
    'https://alice@example.com:84430',
    'https://alice@example.com',
    'https://alice@example.com.evil.example',
    'http://alice@example.com:8443',
    'https://alice@evil.example/@example.com:8443',
    'https://alice%40example.com:8443@evil.example',
  ])
    expect(ask(`Password for '${place}': `), place).toBe('');
});
