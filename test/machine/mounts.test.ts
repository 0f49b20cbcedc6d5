// What is mounted below a machine is somebody else's: nothing that could delete it is called.
import {existsSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {LeakError} from '../../src/core/errors.ts';
import {planPaths} from '../../src/core/paths.ts';
import type {Provider} from '../../src/machine/provider.ts';
import {createVagrantMachine} from '../../src/machine/vagrant.ts';
import {createFakeExec, createTestClock, makeFolder, realExec} from '../core/fixtures.ts';

const id = 'build-spark-test-mounts-aaaaaa';
const spec = {
  id,
  buildId: 'x',
  provider: 'virtualbox',
  box: {name: ''},
  memoryMib: 0,
  cpus: 0,
  bootTimeoutMs: 0,
} as const;

test.runIf(process.getuid?.() === 0)(
  'a machine with a mount below it is not destroyed, and the leak says what to type; afterwards it is',
  async () => {
    const root = await makeFolder();
    const folder = join(root, 'machine');
    const [precious, point] = [join(root, 'precious'), join(folder, 'a b')];
    for (const path of [precious, point]) await mkdir(path, {recursive: true});
    await writeFile(join(precious, 'file'), 'x');
    await writeFile(join(folder, 'Vagrantfile'), '');
    const fake = createFakeExec({'vagrant --no-tty --no-color destroy --force': {}});
    const destroyed: string[] = [];
    const provider: Provider = {
      name: 'virtualbox',
      readState: () => Promise.resolve(destroyed.length === 0 ? 'stopped' : 'absent'),
      destroy: (name) => Promise.resolve(void destroyed.push(name)),
    };
    const machine = createVagrantMachine(spec, folder, provider, {
      exec: fake.exec,
      asRoot: (argv) => argv,
      clock: createTestClock(),
      cgroup: 'v1',
      paths: planPaths({}, root),
    });
    const {signal} = new AbortController();
    await realExec(['mount', '--bind', precious, point]);
    try {
      const refused: unknown = await machine.destroy({signal}).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(LeakError);
      expect(refused).toMatchObject({
        message: expect.stringContaining(point) as string,
        hint: expect.stringContaining(`sudo umount '${point}' && build-spark reap`) as string,
      });
      expect([fake.calls, destroyed]).toEqual([[], []]);
      expect(existsSync(join(precious, 'file'))).toBe(true);
    } finally {
      await realExec(['umount', point]);
    }
    await machine.destroy({signal});
    expect(destroyed).toEqual([id]);
    expect(existsSync(folder)).toBe(false);
  },
);
