// Folders out of a guest over a real ssh connection: a server in this process that runs what it is told with a real tar.
import {execFileSync, spawn} from 'node:child_process';
import {generateKeyPairSync} from 'node:crypto';
import {once} from 'node:events';
import {mkdir, readdir, readFile, symlink, writeFile} from 'node:fs/promises';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import ssh2, {type ServerChannel} from 'ssh2';
import {expect, onTestFinished, test} from 'vitest';
import {InterruptedError} from '../../src/core/errors.ts';
import {connectGuest} from '../../src/machine/guest.ts';
import type {Guest} from '../../src/machine/machine.ts';
import {makeFolder} from '../core/fixtures.ts';
import {withoutDelay} from '../support/ssh-server.ts';

const {signal} = new AbortController();
const {privateKey} = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: {type: 'pkcs1', format: 'pem'},
  privateKeyEncoding: {type: 'pkcs1', format: 'pem'},
});
const parsed = ssh2.utils.parseKey(privateKey);
if (parsed instanceof Error) throw parsed;
const hostKey = `ssh-rsa ${parsed.getPublicSSH().toString('base64')}`;

type Play = (channel: ServerChannel, command: string) => void;

/** A guest that does what it is told, in its own way. */
const play =
  (render: (command: string) => string): Play =>
  (channel, command) => {
    const child = spawn('sh', ['-c', render(command)], {stdio: ['ignore', 'pipe', 'pipe']});
    child.stdout.pipe(channel, {end: false});
    child.stderr.pipe(channel.stderr, {end: false});
    channel.on('close', () => child.kill('SIGKILL'));
    child.on('close', (code) => {
      channel.exit(code ?? 255);
      channel.end();
    });
  };

async function connect(onCommand: Play = play((command) => command)): Promise<Guest> {
  const server = new ssh2.Server({hostKeys: [privateKey]}, (client) => {
    withoutDelay(client);
    client.on('error', () => undefined);
    client.on('authentication', (context) => context.accept());
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, {command}) => onCommand(acceptExec(), command));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const folder = await makeFolder();
  await writeFile(join(folder, 'key'), privateKey);
  const {port} = server.address() as AddressInfo;
  const identityFile = join(folder, 'key');
  const guest = await connectGuest({
    ...{host: '127.0.0.1', port, username: 'vagrant', identityFile},
    ...{hostKeys: [hostKey], folder, signal},
  });
  onTestFinished(() => {
    guest.close();
    server.close();
  });
  return guest;
}

test('a folder comes whole, its name whatever it is', async () => {
  const [from, to] = [join(await makeFolder(), "a b%2F'ü"), join(await makeFolder(), "c d%2F'ü")];
  await mkdir(join(from, 'lib'), {recursive: true});
  await writeFile(join(from, 'lib/x.jar'), Buffer.alloc(5_000_000, 'jar'));
  await symlink('lib/x.jar', join(from, 'link'));
  await (await connect()).fetchFolder(from, to, {signal});
  expect((await readdir(to, {recursive: true})).sort()).toEqual(['lib', 'lib/x.jar', 'link']);
  expect((await readFile(join(to, 'lib/x.jar'))).equals(Buffer.alloc(5_000_000, 'jar'))).toBe(true);
});

test('what comes long after the command has ended is waited for', async () => {
  const from = await makeFolder();
  await writeFile(join(from, 'file'), Buffer.from([0xff, 0x0d, 0x0a, 0x00]));
  const archive = execFileSync('tar', ['--create', '--file=-', '-C', from, '.']);
  const guest = await connect((channel) => {
    channel.exit(0); // The process is gone; what it wrote is on its way.
    const write = (start: number): void => {
      if (start >= archive.length) channel.end();
      else
        channel.write(archive.subarray(start, start + 3_500), () => setTimeout(write, 1_200, start + 3_500));
    };
    write(0);
  });
  const to = join(await makeFolder(), 'dist');
  await guest.fetchFolder('/', to, {signal});
  expect(await readFile(join(to, 'file'))).toEqual(Buffer.from([0xff, 0x0d, 0x0a, 0x00]));
});

test('a refusal ends the command in the guest, and what was wrong is what is said', async () => {
  const from = await makeFolder();
  await writeFile(join(from, 'a'), 'x');
  await symlink('/etc/passwd', join(from, 'undelete.patch'));
  const done = (await connect()).fetchFolder(from, join(await makeFolder(), 'dist'), {signal});
  await expect(done).rejects.toThrow(/undelete\.patch is a link to \/etc\/passwd, which is outside/);
});

test('what tar says is said when it fails; a change meanwhile is a failure, except for logs', async () => {
  const to = await makeFolder();
  const none = (await connect()).fetchFolder('/none', join(to, 'a'), {signal});
  await expect(none).rejects.toThrow(/No such file or directory/);
  const from = await makeFolder();
  await writeFile(join(from, 'log'), 'x');
  const changing = await connect(
    play((command) => `${command}; echo 'file changed as we read it' >&2; exit 1`),
  );
  await expect(changing.fetchFolder(from, join(to, 'b'), {signal})).rejects.toThrow(/changed as we read it/);
  await changing.fetchFolder(from, join(to, 'c'), {signal, mayChange: true});
  expect(await readdir(join(to, 'c'))).toEqual(['log']);
});

test('a guest that sends nothing is left at the first signal', async () => {
  const controller = new AbortController();
  const guest = await connect(play(() => 'sleep 600'));
  const done = guest.fetchFolder('/', join(await makeFolder(), 'dist'), {signal: controller.signal});
  setTimeout(() => controller.abort(new InterruptedError('SIGINT')), 200);
  await expect(done).rejects.toThrow('Interrupted by SIGINT');
});

test('a guest that sends without end is refused at the limit', async () => {
  const guest = await connect(play(() => 'exec yes'));
  const done = guest.fetchFolder('/', join(await makeFolder(), 'dist'), {signal});
  await expect(done).rejects.toThrow(/not a whole tar archive/);
});
