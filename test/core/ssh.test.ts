import {generateKeyPairSync} from 'node:crypto';
import {once} from 'node:events';
import {Readable} from 'node:stream';
import type {AddressInfo} from 'node:net';
import ssh2, {type Connection, type ServerChannel} from 'ssh2';
import {describe, expect, onTestFinished, test} from 'vitest';
import {withoutDelay} from '../support/ssh-server.ts';
import {until} from './fixtures.ts';
import {
  connectSsh,
  ConnectionLostError,
  RemoteCommandError,
  SilenceError,
  type Ssh,
} from '../../src/core/ssh.ts';

const makeKey = (): {readonly privateKey: string; readonly publicKey: string} => {
  const {privateKey} = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: {type: 'pkcs1', format: 'pem'},
    privateKeyEncoding: {type: 'pkcs1', format: 'pem'},
  });
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return {privateKey, publicKey: `ssh-rsa ${parsed.getPublicSSH().toString('base64')}`};
};
const [hostKey, userKey, otherKey] = [makeKey(), makeKey(), makeKey()];

interface Server {
  readonly port: number;
  /** Command lines that were asked for. */
  readonly commands: string[];
  readonly clients: Connection[];
}

/** A real ssh server in this process. */
async function startServer(onCommand: (channel: ServerChannel, client: Connection) => void): Promise<Server> {
  const commands: string[] = [];
  const clients: Connection[] = [];
  const server = new ssh2.Server({hostKeys: [hostKey.privateKey]}, (client) => {
    clients.push(client);
    withoutDelay(client);
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      if (context.method === 'publickey' && context.username === 'vagrant') context.accept();
      else context.reject(['publickey']);
    });
    client.on('session', (accept) => {
      const session = accept();
      session.on('exec', (acceptExec, _reject, {command}) => {
        commands.push(command);
        onCommand(acceptExec(), client);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const client of clients) client.end();
    server.close();
  });
  return {port: (server.address() as AddressInfo).port, commands, clients};
}

async function connect({port}: Pick<Server, 'port'>, hostKeys = [hostKey.publicKey]): Promise<Ssh> {
  const ssh = await connectSsh({
    host: '127.0.0.1',
    port,
    username: 'vagrant',
    privateKey: userKey.privateKey,
    hostKeys,
  });
  onTestFinished(() => ssh.close());
  return ssh;
}

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('connectSsh', () => {
  test('a host with another key than the known one is refused before any login', async () => {
    const server = await startServer(() => undefined);
    const error = await thrownBy(connect(server, [otherKey.publicKey]));
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(server.commands).toEqual([]);
  });

  test('without any known key nobody is trusted', async () => {
    const server = await startServer(() => undefined);
    expect(await thrownBy(connect(server, []))).toBeInstanceOf(ConnectionLostError);
  });

  test('one of several known keys is enough, comments and blanks around it do not matter', async () => {
    const server = await startServer((channel) => {
      channel.exit(0);
      channel.end();
    });
    const ssh = await connect(server, [otherKey.publicKey, `  ${hostKey.publicKey} root@guest\n`]);
    expect(await ssh.run(['true'])).toMatchObject({exitCode: 0});
  });

  test('a closed port is a lost connection', async () => {
    expect(await thrownBy(connect({port: 1}))).toBeInstanceOf(ConnectionLostError);
  });

  test('an abort while it connects throws the reason', async () => {
    const server = await startServer(() => undefined);
    const controller = new AbortController();
    const target = {
      host: '127.0.0.1',
      port: server.port,
      username: 'vagrant',
      privateKey: userKey.privateKey,
      hostKeys: [hostKey.publicKey],
    };
    const connecting = connectSsh(target, controller.signal);
    controller.abort(new Error('stop'));
    await expect(connecting).rejects.toThrow('stop');
  });
});

describe('a remote command', () => {
  test('each word reaches the shell quoted, and output comes line by line', async () => {
    const server = await startServer((channel) => {
      channel.write('a\nb');
      channel.stderr.write('warn\n');
      channel.exit(0);
      channel.end();
    });
    const ssh = await connect(server);
    const lines: string[] = [];
    const argv = ['echo', "it's $(x)", '-n', 'a\nb', ''];
    const result = await ssh.run(argv, {onLine: (line, stream) => lines.push(`${stream}: ${line}`)});
    expect(result).toEqual({exitCode: 0, stdout: 'a\nb', stderr: 'warn'});
    expect(lines.sort()).toEqual(['stderr: warn', 'stdout: a', 'stdout: b']);
    expect(server.commands).toEqual([`echo 'it'\\''s $(x)' -n 'a\nb' ''`]);
  });

  test('its exit code counts', async () => {
    const server = await startServer((channel) => {
      channel.stderr.write('no such thing\n');
      channel.exit(3);
      channel.end();
    });
    const ssh = await connect(server);
    const error = await thrownBy(ssh.run(['false']));
    expect(error).toBeInstanceOf(RemoteCommandError);
    expect(error).toMatchObject({result: {exitCode: 3}, message: expect.stringContaining('no such thing')});
    expect(await ssh.run(['false'], {allow: [3]})).toMatchObject({exitCode: 3});
    expect(await ssh.run(['false'], {allow: 'any'})).toMatchObject({exitCode: 3});
  });

  test('a death by signal is never a success', async () => {
    const server = await startServer((channel) => {
      channel.exit('KILL' as unknown as number);
      channel.end();
    });
    const error = await thrownBy((await connect(server)).run(['x'], {allow: 'any'}));
    expect(error).toBeInstanceOf(RemoteCommandError);
    expect(error).toMatchObject({signalName: 'KILL'});
  });

  test('gets its input, and an end of it', async () => {
    const server = await startServer((channel) => {
      let text = '';
      channel.on('data', (chunk: Buffer) => (text += chunk.toString()));
      channel.on('end', () => {
        channel.write(`got ${text}\n`);
        channel.exit(0);
        channel.end();
      });
    });
    const ssh = await connect(server);
    expect(await ssh.run(['cat'], {input: 'abc'})).toMatchObject({stdout: 'got abc'});
    expect(
      await ssh.run(['cat'], {input: Readable.from([Buffer.from('x'), Buffer.from('y')])}),
    ).toMatchObject({stdout: 'got xy'});
    expect(await ssh.run(['cat'])).toMatchObject({stdout: 'got '});
  });

  test('input that cannot be read fails the command', async () => {
    const server = await startServer(() => undefined);
    const input = new Readable({read: () => undefined});
    const running = (await connect(server)).run(['cat'], {input});
    setImmediate(() => input.destroy(new Error('no such file')));
    await expect(running).rejects.toThrow('no such file');
  });

  test('silence is noticed; every line begins a new wait', async () => {
    const server = await startServer((channel) => void channel.write('begin\n'));
    const error = await thrownBy((await connect(server)).run(['mvn'], {silenceMs: 100}));
    expect(error).toBeInstanceOf(SilenceError);
  });

  test('a reader that is behind holds the command back, which is no silence, and loses no line', async () => {
    const line = `${'x'.repeat(1_023)}\n`;
    let written = 0;
    const server = await startServer((channel) => {
      const more = (): void => {
        while (written < 8_192) {
          written++;
          if (!channel.write(line)) return void channel.once('drain', more);
        }
        channel.exit(0);
        channel.end();
      };
      more();
    });
    const ssh = await connect(server);
    let lines = 0;
    let release = (): void => undefined;
    let held: Promise<void> | undefined;
    const running = ssh.run(['mvn'], {
      silenceMs: 1_000,
      onLine: () => {
        lines++;
      },
      whenDrained: () => {
        held ??= new Promise<void>((resolve) => (release = resolve));
        return lines < 4_096 ? held : undefined;
      },
    });
    await until(() => held !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(lines).toBeLessThan(200);
    expect(written).toBeLessThan(8_192);
    release();
    await running;
    expect(lines).toBe(8_192);
  });

  test('what was printed before the end is read after it, however late', async () => {
    const server = await startServer((channel) => {
      channel.write('a\n');
      setTimeout(() => {
        channel.write('b\n');
        channel.exit(0);
        channel.end();
      }, 50);
    });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const running = (await connect(server)).run(['mvn'], {whenDrained: () => held});
    setTimeout(release, 2_300);
    expect(await running).toMatchObject({stdout: 'a\nb'});
  });

  test('a connection that breaks fails the running command and all later ones', async () => {
    const server = await startServer((_channel, client) => client.end());
    const ssh = await connect(server);
    expect(await thrownBy(ssh.run(['sleep', '60']))).toBeInstanceOf(ConnectionLostError);
    expect(await thrownBy(ssh.run(['true']))).toBeInstanceOf(ConnectionLostError);
  });

  test('a channel that closes without an exit code is no success', async () => {
    const server = await startServer((channel) => {
      channel.close();
    });
    expect(await thrownBy((await connect(server)).run(['x'], {allow: 'any'}))).toBeInstanceOf(
      ConnectionLostError,
    );
  });

  test('a background process that holds the channel open does not keep us waiting', async () => {
    const server = await startServer((channel) => {
      channel.write('started\n');
      channel.exit(0); // and never an end
    });
    expect(await (await connect(server)).run(['start'])).toEqual({
      exitCode: 0,
      stdout: 'started',
      stderr: '',
    });
  });

  test('an abort throws its reason at once, and starts nothing more', async () => {
    const controller = new AbortController();
    const server = await startServer(() => controller.abort(new Error('stop')));
    const ssh = await connect(server);
    await expect(ssh.run(['sleep', '60'], {signal: controller.signal})).rejects.toThrow('stop');
    await expect(ssh.run(['true'], {signal: controller.signal})).rejects.toThrow('stop');
    expect(server.commands.filter((line) => line === 'true')).toEqual([]);
  });

  test('only the end of a long output is kept', async () => {
    const server = await startServer((channel) => {
      channel.write(Array.from({length: 2_500}, (_, index) => `${index}\n`).join(''));
      channel.exit(0);
      channel.end();
    });
    const {stdout} = await (await connect(server)).run(['seq']);
    expect(stdout.split('\n')).toHaveLength(2_000);
    expect(stdout.endsWith('\n2499')).toBe(true);
  });
});
