import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {chmod, mkdir, readdir, readFile, rename, symlink, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {basename, dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {HostError, UsageError} from '../../src/core/errors.ts';
import {createExec} from '../../src/core/exec.ts';
import {readOwnIdentity, type ProcessIdentity} from '../../src/core/process-identity.ts';
import {inputsSchema} from '../../src/distribution/fingerprint.ts';
import {writeManifest} from '../../src/distribution/manifest.ts';
import {replacedPath} from '../../src/distribution/partial.ts';
import {
  checkOutputFolder,
  checkTarget,
  createPartial,
  discardPartial,
  publish,
  refuseDifferent,
  removeStalePartials,
} from '../../src/distribution/publish.ts';
import {libFacts, makeFolder, removeOwn, writeTree} from './fake-dist.ts';

const exec = createExec({PATH: '/usr/bin:/bin'});
const owner = await readOwnIdentity(exec);
/** A process that has ended. */
const dead: ProcessIdentity = {
  host: hostname(),
  pid: spawnSync('true').pid,
  startedAt: 'long ago',
};
const name = 'dist-cdh5.7.0-nodeps';
const inputs = inputsSchema.parse(libFacts);

async function makePartial(outputDir: string, content = 'new', by = owner): Promise<string> {
  const partial = await createPartial(outputDir, name, {owner: by});
  await writeTree(partial, {RELEASE: content, 'bin/spark-submit': 'x'});
  await writeManifest(partial, libFacts);
  return partial;
}

/** A dist under its name. */
async function makeDist(outputDir: string, content = 'old'): Promise<string> {
  return publish(await makePartial(outputDir, content), join(outputDir, name), {replace: false});
}

const releaseOf = (dir: string): Promise<string> => readFile(join(dir, 'RELEASE'), 'utf8');

describe('publish', () => {
  test('gives the dist its name and leaves nothing else', async () => {
    const out = await makeFolder();
    const partial = await makePartial(out);
    expect(existsSync(join(out, name))).toBe(false);
    expect(await publish(partial, join(out, name), {replace: false})).toBe(join(out, name));
    expect(await readdir(out)).toEqual([name]);
    expect(await releaseOf(join(out, name))).toBe('new');
  });

  test('replaces an older dist only when told to', async () => {
    const out = await makeFolder();
    const target = await makeDist(out);
    const partial = await makePartial(out);
    await expect(publish(partial, target, {replace: false})).rejects.toThrow(UsageError);
    expect(await releaseOf(target)).toBe('old');
    await publish(partial, target, {replace: true});
    expect(await releaseOf(target)).toBe('new');
    expect(await readdir(out)).toEqual([name]);
  });

  test('a rename that fails leaves the older dist where it was', async () => {
    const out = await makeFolder();
    const target = await makeDist(out);
    const partial = await makePartial(out);
    await writeTree(replacedPath(partial), {x: 'in the way'});
    await expect(publish(partial, target, {replace: true})).rejects.toThrow(HostError);
    expect(await releaseOf(target)).toBe('old');
  });

  test('refuses what has no manifest', async () => {
    const out = await makeFolder();
    const partial = await createPartial(out, name, {owner});
    await expect(publish(partial, join(out, name), {replace: true})).rejects.toThrow(/no manifest/);
  });

  test('never deletes a folder that is no dist of ours, nor a file, nor a link', async () => {
    const out = await makeFolder();
    const partial = await makePartial(out);
    const target = join(out, name);
    const attempt = async (): Promise<void> => {
      await expect(checkTarget(target, inputs)).rejects.toThrow(/is in the way/);
      const error: unknown = await publish(partial, target, {replace: true}).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(UsageError);
      expect((error as UsageError).hint).toContain(`mv ${target}`);
    };
    await writeTree(out, {[`${name}/precious`]: 'x'});
    await attempt();
    await writeFile(join(target, 'manifest.json'), '{"name": "someone else\'s"}');
    await attempt();
    expect(existsSync(join(target, 'precious'))).toBe(true);
    await rename(target, join(out, 'aside'));
    await writeFile(target, 'a file');
    await attempt();
    await rename(target, join(out, 'file'));
    await symlink('aside', target);
    await attempt();
    expect(existsSync(join(out, 'aside/precious'))).toBe(true);
    await discardPartial(partial);
    expect((await readdir(out)).sort()).toEqual(['aside', name, 'file'].sort());
  });
});

describe('checkTarget', () => {
  test('free, same, different in words; secrets do not count', async () => {
    const out = await makeFolder();
    const target = join(out, name);
    expect(await checkTarget(target, inputs)).toEqual({status: 'free'});
    expect(await checkTarget(join(out, 'none', name), inputs)).toEqual({status: 'free'});
    const partial = await makePartial(out);
    const secret = {...libFacts, arguments: ['-Drepo=https://u:hunter22@example.org']};
    await removeOwn(partial);
    await writeManifest(partial, secret);
    await publish(partial, target, {replace: false});
    const asked = inputsSchema.parse(secret);
    expect(await checkTarget(target, asked)).toMatchObject({status: 'same'});
    const other = await checkTarget(target, {...asked, deps: 'bundled'});
    expect(other).toMatchObject({
      status: 'different',
      difference: 'was made with --deps provided, and not bundled',
    });
    expect(refuseDifferent(target, 'was made otherwise')).toMatchObject({
      message: `${target} is there already, and it was made otherwise.`,
      hint: expect.stringContaining('--force'),
    });
  });

  test('a name that no file system takes is refused before the build', async () => {
    const out = await makeFolder();
    await expect(checkTarget(join(out, 'dist-'.padEnd(300, 'x')), inputs)).rejects.toThrow(/too long/);
  });
});

describe('leftovers of killed runs', () => {
  test('go; those of living runs, of other hosts and of others stay', async () => {
    const out = await makeFolder();
    const stale = await makePartial(out, 'new', dead);
    const living = await makePartial(out);
    const remote = await makePartial(out, 'new', {...dead, host: 'another.example.org'});
    await writeTree(out, {'.notes.partial-0123456789ab/keep': 'x', '.dist.partial-x/keep': 'x'});
    await mkdir(join(out, '.dist-x.partial-00000000000f'));
    const {removed, restored} = await removeStalePartials(out, {exec});
    expect(removed.map((path) => basename(path)).sort()).toEqual(
      [basename(dirname(stale)), '.dist-x.partial-00000000000f'].sort(),
    );
    expect(restored).toEqual([]);
    expect(existsSync(stale)).toBe(false);
    expect(existsSync(living)).toBe(true);
    expect(existsSync(remote)).toBe(true);
    expect(existsSync(join(out, '.notes.partial-0123456789ab/keep'))).toBe(true);
    expect(existsSync(join(out, '.dist.partial-x/keep'))).toBe(true);
    expect(await removeStalePartials(out, {exec})).toEqual({removed: [], restored: [], stay: []});
    expect(await removeStalePartials(join(out, 'none'), {exec})).toEqual({
      removed: [],
      restored: [],
      stay: [],
    });
  });

  test('killed between the two renames: the older dist is back', async () => {
    const out = await makeFolder();
    const target = await makeDist(out);
    const partial = await makePartial(out, 'new', dead);
    await rename(target, replacedPath(partial));
    expect(await removeStalePartials(out, {exec})).toMatchObject({restored: [target]});
    expect(await releaseOf(target)).toBe('old');
    expect(await readdir(out)).toEqual([name]);
  });

  test('killed after the second rename: the new dist stays', async () => {
    const out = await makeFolder();
    const target = await makeDist(out);
    const partial = await makePartial(out, 'new', dead);
    await rename(target, replacedPath(partial));
    await rename(partial, target);
    expect(await removeStalePartials(out, {exec})).toMatchObject({restored: []});
    expect(await releaseOf(target)).toBe('new');
    expect(await readdir(out)).toEqual([name]);
  });

  test('an owner file that names a path is not obeyed', async () => {
    const out = await makeFolder();
    const partial = await makePartial(out, 'new', dead);
    await writeTree(replacedPath(partial), {x: 'y'});
    await writeFile(
      join(dirname(partial), 'owner.json'),
      JSON.stringify({formatVersion: 1, dist: '../escaped', owner: dead}),
    );
    expect(await removeStalePartials(out, {exec})).toEqual({removed: [], restored: [], stay: []});
    expect(existsSync(join(out, '../escaped'))).toBe(false);
  });
});

describe('the output folder', () => {
  test('is tried and left as it was; a missing one is created only by a build', async () => {
    const out = await makeFolder();
    await checkOutputFolder(out, {exec});
    await checkOutputFolder(join(out, 'new'), {exec});
    expect(await readdir(out)).toEqual([]);
    await createPartial(join(out, 'new'), name, {owner});
    expect(await readdir(out)).toEqual(['new']);
  });

  test('that cannot be used is an error of the host, with a remedy', async () => {
    const out = await makeFolder();
    await writeFile(join(out, 'file'), '');
    for (const dir of [
      join(out, 'a/b'),
      join(out, 'file'),
      join(out, 'file/x'),
      '/proc/self',
      '/proc/none',
    ]) {
      const error: unknown = await checkOutputFolder(dir, {exec}).catch((thrown: unknown) => thrown);
      expect(error, dir).toBeInstanceOf(HostError);
      expect((error as HostError).message).toContain(dir);
      await expect(createPartial(dir, name, {owner}), dir).rejects.toThrow(HostError);
    }
  });

  test('without write permission is noticed', async ({skip}) => {
    if (process.getuid?.() === 0) skip('root may write anywhere; /proc stands in for it above');
    const out = await makeFolder();
    await chmod(out, 0o555);
    await expect(checkOutputFolder(out, {exec})).rejects.toThrow(HostError);
    await chmod(out, 0o755);
  });

  test('takes a dist whose name is as long as a name can be', async () => {
    const out = await makeFolder();
    const long = 'dist-'.padEnd(255, 'é'.repeat(1)).slice(0, 130);
    const partial = await createPartial(out, long, {owner});
    await writeTree(partial, {RELEASE: 'x'});
    await writeManifest(partial, libFacts);
    await publish(partial, join(out, long), {replace: false});
    expect(await readdir(out)).toEqual([long]);
  });
});
