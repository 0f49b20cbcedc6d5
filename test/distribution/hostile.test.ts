// Dists and partial folders that somebody wishes us ill with: FIFOs, links, modes, another user's files.
import {execFileSync} from 'node:child_process';
import {
  cp,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {BuildError, UsageError} from '../../src/core/errors.ts';
import {createExec} from '../../src/core/exec.ts';
import {readOwnIdentity} from '../../src/core/process-identity.ts';
import {examineDist} from '../../src/distribution/damage.ts';
import {inputsSchema} from '../../src/distribution/fingerprint.ts';
import {readManifest, readManifestText, readSums, writeManifest} from '../../src/distribution/manifest.ts';
import {refuseOwnNames, writeOwn} from '../../src/distribution/own-files.ts';
import {checkTarget, createPartial, publish, removeStalePartials} from '../../src/distribution/publish.ts';
import {createSeals} from '../../src/distribution/seal.ts';
import {verifyDist} from '../../src/distribution/verify-dist.ts';
import {failures, libFacts, makeFolder, writeLibDist, writeTree} from './fake-dist.ts';

const exec = createExec({PATH: '/usr/bin:/bin'});
const chmod = (mode: string, path: string): Buffer => execFileSync('chmod', [mode, path]);
const mkfifo = (path: string): Buffer => execFileSync('mkfifo', [path]);

async function makeDist(): Promise<string> {
  const dir = join(await makeFolder(), 'dist');
  await mkdir(dir);
  await writeLibDist(dir);
  await writeManifest(dir, libFacts);
  return dir;
}

async function replaceByFifo(path: string): Promise<void> {
  await rm(path, {force: true});
  mkfifo(path);
}

describe('a FIFO in the place of', () => {
  test.each([
    'manifest.json',
    'SHA256SUMS',
    'RELEASE',
    'bin/beeline',
    'lib/spark-assembly-x.jar',
    'jars/x.jar',
  ])('%s is answered at once', async (name) => {
    const dir = await makeDist();
    await mkdir(join(dir, 'jars'), {recursive: true});
    await replaceByFifo(join(dir, name));
    const found = failures(await verifyDist(dir));
    expect(found.join('\n')).toContain(`${name} is neither a file nor a folder nor a link`);
  });

  test('the manifest of what is in the way of a build', async () => {
    const dir = await makeDist();
    await replaceByFifo(join(dir, 'manifest.json'));
    await expect(checkTarget(dir, inputsSchema.parse(libFacts))).rejects.toThrow(/is not a regular file/);
    await expect(readManifest(dir)).rejects.toBeInstanceOf(UsageError);
    await replaceByFifo(join(dir, 'SHA256SUMS'));
    expect(await readSums(dir)).toBeUndefined();
  });

  test('the owner of a partial folder', async () => {
    const out = await makeFolder();
    await mkdir(join(out, '.dist-x.partial-0123456789ab'));
    mkfifo(join(out, '.dist-x.partial-0123456789ab/owner.json'));
    await removeStalePartials(out, {exec});
    expect(await readdir(out)).toEqual([]);
  });
});

test('a manifest without end is not read', async () => {
  const dir = await makeDist();
  await truncate(join(dir, 'manifest.json'), 2 ** 40);
  await expect(readManifest(dir)).rejects.toThrow(/manifest\.json cannot be read: .* bytes, more than/);
});

describe('our own files', () => {
  test('are never written over the build’s, nor through a link of its', async () => {
    const [dir, victim] = [await makeFolder(), join(await makeFolder(), 'victim')];
    await writeFile(victim, 'precious');
    for (const name of ['undelete.patch', 'manifest.json', 'SHA256SUMS']) {
      await symlink(victim, join(dir, name));
      const error: unknown = await writeOwn(dir, name, 'x').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BuildError);
      expect((error as Error).message).toContain(`The build made ${name} itself`);
      await expect(refuseOwnNames(dir, [name])).rejects.toThrow(BuildError);
    }
    await expect(writeManifest(dir, libFacts)).rejects.toThrow(/is a link to .*, which is outside/);
    expect(await readFile(victim, 'utf8')).toBe('precious');
    await refuseOwnNames(dir, ['none']);
  });

  test('have the same modes whatever the umask is, and a partial folder is closed to others', async () => {
    const out = await makeFolder();
    const before = process.umask(0o077);
    try {
      const partial = await createPartial(out, 'dist-x', {owner: await readOwnIdentity(exec)});
      await writeTree(partial, {RELEASE: 'x'});
      await writeOwn(partial, 'undelete.patch', 'x');
      await writeManifest(partial, libFacts);
      expect((await stat(join(partial, '..'))).mode & 0o777).toBe(0o700);
      for (const name of ['undelete.patch', 'manifest.json', 'SHA256SUMS'])
        expect((await stat(join(partial, name))).mode & 0o777, name).toBe(0o644);
    } finally {
      process.umask(before);
    }
  });
});

describe('verify', () => {
  test.each<[string, (dir: string) => unknown, RegExp]>([
    ['a setuid file', (dir) => chmod('4755', join(dir, 'bin/beeline')), /^modes: bin\/beeline has mode 4755/],
    [
      'one that all may write',
      (dir) => chmod('777', join(dir, 'bin/beeline')),
      /^modes: bin\/beeline has mode 777/,
    ],
    [
      'one that a group may write',
      (dir) => chmod('664', join(dir, 'RELEASE')),
      /^modes: RELEASE has mode 664/,
    ],
    ['a folder that all may write', (dir) => chmod('777', join(dir, 'bin')), /^modes: bin has mode 777/],
    ['the dist itself', (dir) => chmod('777', dir), /^modes: the folder itself has mode 777/],
    ['an x more', (dir) => chmod('755', join(dir, 'RELEASE')), /^modes: RELEASE has mode 755, and not 644/],
    [
      'a folder that is a link elsewhere',
      async (dir) => {
        await rename(join(dir, 'bin'), join(dir, '../bin'));
        await symlink('../bin', join(dir, 'bin'));
      },
      /bin is a link to \.\.\/bin, which is outside/,
    ],
    [
      'a name that is an escape sequence',
      (dir) => writeFile(join(dir, '\u001b[2Jx'), ''),
      /nothing-extra: \\u\{1b\}\[2Jx is not in the manifest/,
    ],
  ])('refuses %s', async (_what, change, expected) => {
    const dir = await makeDist();
    await change(dir);
    const found = failures(await verifyDist(dir)).join('\n');
    expect(found).toMatch(new RegExp(expected.source, 'm'));
    expect(found).not.toContain('\u001b');
    await rm(join(dir, 'manifest.json'));
    if (found.startsWith('modes') && !found.includes('and not'))
      // Without a manifest as well.
      expect(failures(await verifyDist(dir)).join('\n')).toMatch(new RegExp(expected.source, 'm'));
  });

  test('takes a copy that lost modes to a umask', async () => {
    const dir = await makeDist();
    execFileSync('chmod', ['-R', 'go-rwx', dir]);
    expect(failures(await verifyDist(dir))).toEqual([]);
  });
});

describe('up to date', () => {
  /** What is said of a sealed dist after a change, as `Condition`. */
  async function examine(change: (dir: string) => unknown): Promise<string> {
    const dir = await makeDist();
    const seals = createSeals(await makeFolder());
    await examineDist(dir, await readManifestText(dir), seals);
    await change(dir);
    const {damage, extra} = await examineDist(dir, await readManifestText(dir), seals);
    return damage ?? `whole, with ${extra.join(', ') || 'nothing'} more`;
  }

  /** Other bytes of the same length, and then the times as they were. */
  async function forge(path: string): Promise<void> {
    const {atime, mtime, size} = await stat(path);
    await writeFile(path, 'y'.repeat(size));
    await utimes(path, atime, mtime);
  }

  test.each<[string, (dir: string) => unknown, RegExp]>([
    ['nothing', () => undefined, /^whole, with nothing more$/],
    [
      'other bytes with the same size and times',
      (dir) => forge(join(dir, 'RELEASE')),
      /another RELEASE than was built/,
    ],
    [
      'the same by cp -p',
      async (dir) => {
        const copy = join(dir, '../copy');
        execFileSync('cp', ['-p', join(dir, 'RELEASE'), copy]);
        await forge(copy);
        execFileSync('cp', ['-p', copy, join(dir, 'RELEASE')]);
      },
      /another RELEASE than was built/,
    ],
    ['mode 6777', (dir) => chmod('6777', join(dir, 'bin/beeline')), /by others: bin\/beeline has mode 6777/],
    ['a folder for all', (dir) => chmod('777', join(dir, 'bin')), /by others: bin has mode 777/],
    [
      'a link in place of a folder',
      async (dir) => {
        await cp(join(dir, 'bin'), join(dir, '../bin'), {recursive: true, preserveTimestamps: true});
        await rm(join(dir, 'bin'), {recursive: true});
        await symlink('../bin', join(dir, 'bin'));
      },
      /^lacks bin\/beeline, .* and holds what a dist must not hold: bin is a link to \.\.\/bin, which is outside/,
    ],
    [
      'a link to elsewhere inside',
      async (dir) => {
        await rename(join(dir, 'bin'), join(dir, 'bin2'));
        await symlink('bin2', join(dir, 'bin'));
      },
      /^lacks bin\/beeline/,
    ],
    [
      'a FIFO',
      (dir) => replaceByFifo(join(dir, 'RELEASE')),
      /lacks RELEASE and holds what a dist must not hold/,
    ],
    ['an x less', (dir) => chmod('644', join(dir, 'bin/beeline')), /another bin\/beeline than was built/],
    ['a file more', (dir) => writeFile(join(dir, 'conf'), ''), /^whole, with conf more$/],
    ['other times alone', (dir) => utimes(join(dir, 'RELEASE'), 1, 1), /^whole, with nothing more$/],
    [
      'another name for a file',
      (dir) => link(join(dir, 'RELEASE'), join(dir, '../x')),
      /^whole, with nothing more$/,
    ],
    [
      'another manifest and the sums to it',
      async (dir) => {
        const [path, sums] = [join(dir, 'manifest.json'), join(dir, 'SHA256SUMS')];
        const {manifest, sha256} = await readManifestText(dir);
        const release = manifest.files.find((file) => file.path === 'RELEASE')?.sha256 ?? '';
        await writeFile(path, (await readFile(path, 'utf8')).replace(release, '0'.repeat(64)));
        const {sha256: now} = await readManifestText(dir);
        await writeFile(sums, (await readFile(sums, 'utf8')).replace(sha256, now));
      },
      /another RELEASE than was built/,
    ],
  ])('sees %s', async (_what, change, expected) => {
    expect(await examine(change)).toMatch(expected);
  });

  test('no file is read that was not touched since it was published, or since it was read last', async () => {
    const [out, folder] = [await makeFolder(), await makeFolder()];
    const seals = createSeals(folder);
    const partial = await createPartial(out, 'dist-x', {owner: await readOwnIdentity(exec)});
    await writeLibDist(partial);
    await writeManifest(partial, libFacts);
    const dist = await publish(partial, join(out, 'dist-x'), {replace: false, seals});
    const isSealed = async (dir: string): Promise<boolean> =>
      Object.keys(await seals.read(dir, (await readManifestText(dir)).sha256)).length > 0;
    expect(await isSealed(dist)).toBe(true);
    const moved = join(out, 'moved');
    await cp(dist, moved, {recursive: true});
    expect(await isSealed(moved)).toBe(false);
    expect(await examineDist(moved, await readManifestText(moved), seals)).toEqual({extra: []});
    expect(await isSealed(moved)).toBe(true);
    await rm(folder, {recursive: true});
    await writeFile(folder, 'no folder'); // Nothing can be written down; the answer is the same.
    expect(await examineDist(dist, await readManifestText(dist), seals)).toEqual({extra: []});
  });
});

test('what another user left in a shared output folder is not obeyed', async ({skip}) => {
  if (process.getuid?.() !== 0) skip('only root can make files of somebody else');
  const out = await makeFolder();
  const wrapper = join(out, '.dist-x.partial-0123456789ab');
  const owner = {...(await readOwnIdentity(exec)), startedAt: 'long ago'};
  await writeTree(wrapper, {
    'owner.json': JSON.stringify({formatVersion: 1, dist: 'dist-x', owner}),
    'replaced/RELEASE': 'theirs',
  });
  execFileSync('chown', ['-R', '65534', wrapper]);
  expect(await removeStalePartials(out, {exec})).toMatchObject({removed: [], restored: []});
  expect(await readdir(out)).toEqual(['.dist-x.partial-0123456789ab']);
});
