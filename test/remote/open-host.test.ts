import {mkdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test} from 'vitest';
import {BuildError, HostError, UsageError} from '../../src/core/errors.ts';
import {ConnectionLostError, RemoteCommandError} from '../../src/core/ssh.ts';
import {openHost} from '../../src/remote/open-host.ts';
import {HostTimeoutError, type OpenHostOptions, type RemoteHost} from '../../src/remote/remote-host.ts';
import {hostKey, hostOptions, makeFolder, makeHome, makeKey, makeSudo, startServer} from './server.ts';

const userKey = makeKey();
const keys = {id_rsa: userKey.privateKey};

async function open(target: string, options: OpenHostOptions): Promise<RemoteHost> {
  const host = await openHost(target, options);
  onTestFinished(() => host.close());
  return host;
}

const known = (port: number): string => `[127.0.0.1]:${port} ${hostKey.publicKey}\n`;

describe('openHost', () => {
  test('reads how to reach an alias from ~/.ssh/config, includes too', async () => {
    const {port, commands} = await startServer({accept: ({username}) => username === 'op'});
    const home = await makeHome({
      config: 'Include more\nHost *\n  User nobody\n',
      knownHosts: known(port),
      keys: {special: userKey.privateKey},
    });
    await writeFile(
      join(home, '.ssh/more'),
      `Host node\n  HostName 127.0.0.1\n  Port ${port}\n  User op\n  IdentityFile ~/.ssh/special\n`,
    );
    const host = await open('node', hostOptions(home));
    expect(await host.run(['echo', "it's $HOME; *"])).toMatchObject({exitCode: 0, stdout: "it's $HOME; *"});
    expect(commands).toHaveLength(1);
    expect(host.name).toBe('node');
  });

  test('an unknown host key is refused with its fingerprint and what to type, before any login', async () => {
    const {port, commands} = await startServer();
    const home = await makeHome({knownHosts: '', keys});
    const error = await openHost(`op@127.0.0.1:${port}`, hostOptions(home)).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(HostError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/not known: ssh-rsa SHA256:[\w+/]{43}/),
      hint: expect.stringContaining(`ssh -p ${port} op@127.0.0.1`),
    });
    expect(commands).toEqual([]);
  });

  test('another key than the known one, a revoked one, or a mere authority is refused', async () => {
    const {port} = await startServer();
    const name = `[127.0.0.1]:${port}`;
    const cases = [
      [`${name} ${makeKey().publicKey}\n`, /another host key/],
      [`${name} ${hostKey.publicKey}\n@revoked * ${hostKey.publicKey}\n`, /revoked/],
      [`@cert-authority ${name} ${makeKey().publicKey}\n`, /certificate authority/],
    ] as const;
    for (const [knownHosts, message] of cases) {
      const home = await makeHome({knownHosts, keys});
      await expect(openHost(`op@127.0.0.1:${port}`, hostOptions(home))).rejects.toThrow(message);
    }
  });

  test('goes through a host on the way', async () => {
    const jump = await startServer({accept: ({username}) => username === 'jumper'});
    const {port, commands} = await startServer({accept: ({username}) => username === 'op'});
    const home = await makeHome({
      config: [
        `Host gate\n  HostName 127.0.0.1\n  Port ${jump.port}\n  User jumper`,
        `Host inner\n  HostName 127.0.0.1\n  Port ${port}\n  User op\n  ProxyJump gate\n`,
      ].join('\n'),
      knownHosts: known(port) + known(jump.port),
      keys,
    });
    const host = await open('inner', hostOptions(home));
    expect(await host.run(['true'])).toMatchObject({exitCode: 0});
    expect(commands).toEqual(['true']);
    expect(jump.commands).toEqual([]);
  });

  test('a login that is refused says what the host would take; a password is asked for only when it may be', async () => {
    const {port} = await startServer({
      methods: ['password'],
      accept: ({method, password}) => method === 'password' && password === 'secret',
    });
    const home = await makeHome({knownHosts: known(port), keys});
    const asked: string[] = [];
    const ask = async (question: string): Promise<string> => {
      asked.push(question);
      return Promise.resolve('secret');
    };
    const target = `op@127.0.0.1:${port}`;
    const error = await openHost(target, hostOptions(home, {ask})).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('password'),
      hint: expect.stringContaining('--ask-password'),
    });
    expect(asked).toEqual([]);
    await open(target, hostOptions(home, {ask, mayAskPassword: true}));
    expect(asked).toHaveLength(1);
  });

  test('a key with a passphrase: asked for, or the agent is named', async () => {
    const locked = makeKey('open sesame');
    const {port} = await startServer();
    const home = await makeHome({knownHosts: known(port), keys: {id_rsa: locked.privateKey}});
    const target = `op@127.0.0.1:${port}`;
    await expect(openHost(target, hostOptions(home))).rejects.toThrow(/ssh-add/);
    const host = await open(target, hostOptions(home, {ask: () => Promise.resolve('open sesame')}));
    expect(await host.run(['true'])).toMatchObject({exitCode: 0});
  });

  test('what cannot be a host, and a ProxyCommand, are refused at once', async () => {
    const home = await makeHome({config: 'Host odd\n  ProxyCommand nc %h %p\n'});
    for (const target of ['-oProxyCommand=x', 'a b', 'op@host:99999', 'op@$(id)', ''])
      await expect(openHost(target, hostOptions(home))).rejects.toThrow(UsageError);
    await expect(openHost('odd', hostOptions(home))).rejects.toMatchObject({
      hint: expect.stringContaining('ProxyJump'),
    });
  });

  test('a closed port is a host out of reach', async () => {
    const home = await makeHome({keys});
    await expect(openHost('op@127.0.0.1:1', hostOptions(home))).rejects.toMatchObject({exitCode: 4});
  });
});

describe.each(['ssh', 'localhost'])('a host by %s', (kind) => {
  async function openEither(tools?: string, more: Partial<OpenHostOptions> = {}): Promise<RemoteHost> {
    if (kind === 'localhost') {
      const home = await makeHome({});
      const {createExec} = await import('../../src/core/exec.ts');
      const exec = createExec({...process.env, PATH: `${tools ?? ''}:${process.env.PATH ?? ''}`});
      return open('localhost', {...hostOptions(home, more), exec});
    }
    const {port} = await startServer(tools === undefined ? {} : {tools});
    return open(`op@127.0.0.1:${port}`, hostOptions(await makeHome({knownHosts: known(port), keys}), more));
  }

  test('files are written whole, with their mode, and read back byte for byte', async () => {
    const host = await openEither();
    const folder = await makeFolder();
    const path = join(folder, "it's a file");
    const bytes = Buffer.from(Array.from({length: 70_000}, (_each, index) => index % 256));
    await host.writeFile(path, bytes, {mode: '750'});
    expect((await stat(path)).mode & 0o777).toBe(0o750);
    expect(await host.readFile(path)).toEqual(bytes);
    await host.writeFile(path, '');
    expect(await readFile(path, 'utf8')).toBe('');
    expect(await host.readFile(join(folder, 'none'))).toBeUndefined();
    await expect(host.writeFile(join(folder, 'no/such'), 'x')).rejects.toThrow(BuildError);
  });

  test('folders arrive with modes, links and nothing but what was asked for', async () => {
    const host = await openEither();
    const [from, to] = [await makeFolder(), join(await makeFolder(), 'deep/er')];
    await mkdir(join(from, 'bin'));
    await writeFile(join(from, 'bin/run'), 'x', {mode: 0o755});
    await writeFile(join(from, 'other'), 'y');
    const seen: number[] = [];
    await host.sendFolder(from, to, {only: ['bin/run'], onProgress: (sent) => seen.push(sent)});
    expect((await stat(join(to, 'bin/run'))).mode & 0o777).toBe(0o755);
    await expect(stat(join(to, 'other'))).rejects.toThrow();
    expect(seen.length).toBeGreaterThan(0);
    await host.sendFolder(from, to);
    expect(await readFile(join(to, 'other'), 'utf8')).toBe('y');
  });

  test('root by a sudo that asks nothing', async () => {
    const host = await openEither(await makeSudo());
    expect(await host.run(['cat'], {asRoot: true, input: 'a\nb'})).toMatchObject({stdout: 'a\nb'});
  });

  test('root by a sudo that wants a password: by stdin, and never taken for input', async () => {
    const tools = await makeSudo('pass word');
    await expect((await openEither(tools)).run(['true'], {asRoot: true})).rejects.toMatchObject({
      hint: expect.stringContaining('--ask-password'),
    });
    const host = await openEither(tools, {ask: () => Promise.resolve('pass word'), mayAskPassword: true});
    expect(await host.run(['cat'], {asRoot: true, input: 'data\n'})).toMatchObject({stdout: 'data'});
    expect(await host.run(['cat'], {asRoot: true})).toMatchObject({stdout: ''});
  });

  test('a command that fails, and one that takes too long', async () => {
    const host = await openEither();
    await expect(host.run(['sh', '-c', 'echo no >&2; exit 3'])).rejects.toThrow(RemoteCommandError);
    expect(await host.run(['false'], {allow: 'any'})).toMatchObject({exitCode: 1});
    await expect(host.run(['sleep', '60'], {timeoutMs: 200})).rejects.toThrow(HostTimeoutError);
  });
});

test('a connection that breaks while a file is written leaves the old one', async () => {
  let isCut = false;
  const {port} = await startServer({
    onCommand: (command, client) => {
      if (isCut && command.includes('mktemp')) setTimeout(() => client.end(), 20);
    },
  });
  const host = await open(
    `op@127.0.0.1:${port}`,
    hostOptions(await makeHome({knownHosts: known(port), keys})),
  );
  const path = join(await makeFolder(), 'file');
  await host.writeFile(path, 'old');
  isCut = true;
  await expect(host.writeFile(path, Buffer.alloc(30_000_000, 'n'))).rejects.toThrow(ConnectionLostError);
  expect(await readFile(path, 'utf8')).toBe('old');
});
