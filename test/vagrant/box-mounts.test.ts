// debian.sh deletes its work folder only when nothing is mounted in it any more, whatever the folder's name.
import {spawnSync} from 'node:child_process';
import {mkdtemp, readFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';

const isolated = ['unshare', '--mount', '--propagation', 'private', '--'];
const mayMount = spawnSync('unshare', [...isolated.slice(1), 'true']).status === 0;

async function readFunctions(): Promise<string> {
  const text = await readFile(join(projectRoot, 'vagrant/boxes/debian.sh'), 'utf8');
  return ['mounts_below', 'discard']
    .map((name) => new RegExp(`^${name}\\(\\) .*?^}$`, 'ms').exec(text)?.[0] ?? '')
    .join('\n');
}

function run(script: string, folder: string): {readonly status: number | null; readonly output: string} {
  const [command = '', ...args] = isolated;
  // Node's pipes are sockets, and a bash -c that has one as its input takes itself for a remote shell and reads bashrc.
  const {status, stdout, stderr} = spawnSync(
    command,
    [...args, 'bash', '--norc', '-euo', 'pipefail', '-c', script, 'x', folder],
    {
      encoding: 'utf8',
    },
  );
  return {status, output: stdout + stderr};
}

const scene = `mkdir -p "$1/work/a b/c" "$1/kept"; echo x >"$1/kept/file"
mount -t tmpfs none "$1/work/a b"; mkdir "$1/work/a b/c"; mount --bind "$1/kept" "$1/work/a b/c"`;

test.skipIf(!mayMount)('what is mounted below, also at a name with a space, is unmounted and not deleted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'box mounts-'));
  const {status, output} = run(
    `${await readFunctions()}\n${scene}\ndiscard "$1/work"; ls -d "$1/work" 2>&1 || true; cat "$1/kept/file"`,
    folder,
  );
  expect({status, output}).toEqual({status: 0, output: expect.stringMatching(/No such file[^]*x\n$/)});
});

test.skipIf(!mayMount)('what cannot be unmounted keeps the folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'box mounts-'));
  const {output} = run(
    `exec 2>&1; ${await readFunctions()}\numount() { return 1; }\n${scene}\ndiscard "$1/work" || echo "refused"; cat "$1/kept/file"`,
    folder,
  );
  expect(output).toMatch(/still has mounts in it and was left alone[^]*refused\nx\n$/);
});
