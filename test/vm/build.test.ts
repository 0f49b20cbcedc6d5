import {execFileSync} from 'node:child_process';
import {readFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {ConnectionLostError, connectSsh, type Ssh} from '../../src/core/ssh.ts';
import {useScenes} from '../support/machines.ts';
import {
  findDist,
  findLeftovers,
  planBuildArguments,
  runHost,
  runTool,
  startTool,
  type Scene,
} from '../support/scene.mjs';
import {runSharedCompiler} from './shared-compiler.ts';

const newScene = useScenes();

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

/** LXC knows where the machine's control group is; that depends on the group of the host's first process. */
async function readLimit(machine: string): Promise<string> {
  const read = (key: string): Promise<string> =>
    runHost('lxc-cgroup', '-n', machine, key).then(({stdout}) => stdout.trim());
  return (await read('memory.limit_in_bytes')) || (await read('memory.max'));
}

/** Logs in as the tool does, with the machine's own private key. */
async function logIn(scene: Scene, machine: string, hostKeys: readonly string[]): Promise<Ssh> {
  const [host = ''] = (await runHost('lxc-info', '-n', machine, '-iH')).stdout.split('\n');
  const privateKey = await readFile(join(scene.state, `build-spark/machines/${machine}/key`), 'utf8');
  return connectSsh({host, port: 22, username: 'vagrant', privateKey, hostKeys});
}

test('a whole build of the sample: a dist, and no machine', async () => {
  const scene = await newScene();
  const run = startTool(scene, planBuildArguments(scene));
  await run.waitFor('step.started', 'Make distribution');
  const machine = run.machines().at(-1) ?? '';

  // While it runs: the memory is limited by the host, and the guest's own key is the only one that is taken.
  expect(await readLimit(machine)).toBe(String(2 * 1024 ** 3));
  const keyFile = `/var/lib/lxc/${machine}/delta/etc/ssh/ssh_host_ed25519_key.pub`;
  const ssh = await logIn(scene, machine, [await readFile(keyFile, 'utf8')]);
  try {
    expect((await ssh.run(['id', '-un'])).stdout).toBe('vagrant');
    // Its JDK is there already; the sample has no Scala to compile.
    expect((await runSharedCompiler(ssh)).at(-1)).toBe('one for all: a1');
  } finally {
    ssh.close();
  }
  const other = join(scene.folder, 'other-key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
  const refused = logIn(scene, machine, [await readFile(`${other}.pub`, 'utf8')]);
  await expect(refused).rejects.toThrow(ConnectionLostError);
  await expect(refused).rejects.toThrow(/host/i);

  const ended = await run.waitForEnd(600_000);
  expect(ended, run.stderr()).toMatchObject({code: 0});
  expect(run.find('machine.destroyed')).toMatchObject({machine});
  expect(await findLeftovers(scene)).toEqual([]);
  expect(await readdir(scene.output)).toEqual([`dist-cdh5.7.0-nodeps-${scene.label}`]);

  const dist = findDist(scene);
  const manifest: unknown = JSON.parse(await readFile(join(dist, 'manifest.json'), 'utf8'));
  expect(manifest).toMatchObject({
    source: 'sample',
    tag: 'cdh5.7.0-release',
    commit: matching(/^[0-9a-f]{40}$/),
    features: ['thriftserver'],
    deps: 'provided',
    projectVersion: '1.6.0-cdh5.7.0',
    label: scene.label,
    undelete: {status: 'edited', removed: ['bin/sparkR']},
    guest: {os: matching(/^Debian/), jdk: matching(/^1\.8\.0_/), maven: matching(/^3\./)},
    machine: {provider: 'lxc', memoryMib: 2048},
    peakMemoryBytes: expect.any(Number),
    durations: {'Boot machine': expect.any(Number), 'Make distribution': expect.any(Number)},
  });

  const verify = await runTool(scene, ['verify', dist, '--json']);
  expect(verify).toMatchObject({code: 0});
  expect(JSON.parse(verify.stdout)).toMatchObject({ok: true});

  const again = await runTool(scene, planBuildArguments(scene), {timeoutMs: 120_000});
  expect(again, again.stderr).toMatchObject({code: 0, machines: []});
  expect(again.events.find(({type}) => type === 'build.finished')).toMatchObject({status: 'up-to-date'});
});
