import {execFileSync} from 'node:child_process';
import {createReadStream} from 'node:fs';
import {mkdir, readdir, readFile, readlink, stat, symlink, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {PassThrough, Readable} from 'node:stream';
import {pack, type Header} from 'tar-stream';
import {describe, expect, test} from 'vitest';
import {BuildError, InterruptedError} from '../../src/core/errors.ts';
import {intakeLimits, packOptions, receiveFolder} from '../../src/machine/intake.ts';
import {makeFolder} from '../core/fixtures.ts';

const {signal} = new AbortController();
type Item = Partial<Header> & {readonly name: string; readonly content?: string; readonly pax?: object};

/** What a guest can send that is no tar of GNU's: entry by entry. */
function send(items: readonly Item[]): Readable {
  const tar = pack();
  for (const {content, ...header} of items) tar.entry(header, content ?? '');
  tar.finalize();
  return Readable.from(tar);
}

/** What GNU tar makes of a folder, as the guest is asked to. */
function sendFolder(folder: string, archive: string): Readable {
  execFileSync('tar', ['--create', '--file', archive, ...packOptions, '-C', folder, '.']);
  return createReadStream(archive);
}

async function refusal(work: Promise<void>): Promise<string> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(BuildError);
  return (error as Error).message;
}

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o7777).toString(8);

describe('what GNU tar sends', () => {
  test('comes as it is: contents, links, times, long and unusual names', async () => {
    const [folder, to] = [await makeFolder(), join(await makeFolder(), 'dist')];
    const long = `${'long/'.repeat(30)}${'x'.repeat(200)}`;
    await mkdir(join(folder, 'long/'.repeat(30)), {recursive: true});
    await mkdir(join(folder, 'empty'));
    await writeFile(join(folder, long), 'deep');
    await writeFile(join(folder, 'größe "1" \\ $x'), 'umlaut');
    await writeFile(join(folder, 'large'), Buffer.alloc(3_000_000, 'ab'));
    await utimes(join(folder, 'large'), 1_000_000_000, 1_000_000_000);
    await symlink('large', join(folder, 'link'));
    await symlink(`../${long}`, join(folder, 'empty', 'y'.repeat(150)));
    execFileSync('ln', [join(folder, 'large'), join(folder, 'second name')]);
    await receiveFolder(sendFolder(folder, join(await makeFolder(), 'a.tar')), to, {signal});
    expect(execFileSync('diff', ['-r', folder, to], {encoding: 'utf8'})).toBe('');
    expect(await readlink(join(to, 'link'))).toBe('large');
    expect((await stat(join(to, 'large'))).mtimeMs).toBe(1_000_000_000_000);
    expect((await stat(join(to, 'second name'))).nlink).toBe(1);
    expect(await readdir(join(to, 'empty'))).toEqual(['y'.repeat(150)]);
  });

  test('has modes of ours, whatever the guest and our umask say', async () => {
    const [folder, to] = [await makeFolder(), join(await makeFolder(), 'dist')];
    const modes = {setuid: '6777', script: '0700', shared: '0666', private: '0600', sticky: '1644'};
    for (const [name, mode] of Object.entries(modes)) {
      await writeFile(join(folder, name), '');
      execFileSync('chmod', [mode, join(folder, name)]);
    }
    await mkdir(join(folder, 'open'));
    execFileSync('chmod', ['2777', join(folder, 'open')]);
    const tar = sendFolder(folder, join(await makeFolder(), 'b.tar'));
    const before = process.umask(0o077);
    const lines: string[] = [];
    await receiveFolder(tar, to, {signal, onLine: (line) => lines.push(line)}).finally(() =>
      process.umask(before),
    );
    const found = await Promise.all(
      [...Object.keys(modes), 'open', '.'].map(async (name) => [name, await modeOf(join(to, name))]),
    );
    expect(Object.fromEntries(found)).toEqual({
      ...{setuid: '755', script: '755', shared: '644', private: '644', sticky: '644'},
      ...{open: '755', '.': '755'},
    });
    expect(lines.join()).toMatch(/^2 files were setuid, setgid or sticky in the machine/);
  });
});

describe('what no guest may send', () => {
  test.each<[string, readonly Item[], RegExp]>([
    [
      'a device',
      [{name: './dev/null', type: 'character-device', devmajor: 1, devminor: 3}],
      /dev\/null is a device/,
    ],
    ['a disk', [{name: './sda', type: 'block-device'}], /sda is a device/],
    ['a pipe', [{name: './RELEASE', type: 'fifo'}], /RELEASE is a pipe/],
    [
      'a hard link',
      [
        {name: './a', content: 'x'},
        {name: './b', type: 'link', linkname: '/etc/passwd'},
      ],
      /b is a hard link/,
    ],
    [
      'an absolute path',
      [{name: '/etc/cron.d/x', content: 'x'}],
      /\/etc\/cron\.d\/x has a path that may lead outside/,
    ],
    [
      'a path with ..',
      [{name: './a/../../x', content: 'x'}],
      /a\/\.\.\/\.\.\/x has a path that may lead outside/,
    ],
    ['the folder above', [{name: '..', type: 'directory'}], /\.\. has a path that may lead outside/],
    ['the folder itself as a file', [{name: '.', content: 'x'}], /\. has a path that may lead outside/],
    [
      'a name in two lines',
      [{name: './bin/a\nb', content: 'x'}],
      /bin\/a\\u\{a\}b has a name that holds a control character/,
    ],
    ['an escape sequence', [{name: './\u001b[2J', content: 'x'}], /\\u\{1b\}\[2J has a name/],
    [
      'an absolute link',
      [{name: './p', type: 'symlink', linkname: '/etc/passwd'}],
      /p is a link to \/etc\/passwd, which is outside/,
    ],
    [
      'a link out',
      [{name: './a/p', type: 'symlink', linkname: '../../x'}],
      /a\/p is a link to \.\.\/\.\.\/x, which is outside/,
    ],
    [
      'a link out through another link',
      [
        {name: './a/b/c/d', type: 'directory'},
        {name: './up', type: 'symlink', linkname: 'a/b/c/d/../../../..'},
        {name: './a/b/c/in', type: 'symlink', linkname: '../../../up'},
        {name: './a/b/c/out', type: 'symlink', linkname: 'in/../x'},
      ],
      /a\/b\/c\/out is a link to in\/\.\.\/x, which is outside/,
    ],
    [
      'a link out by way of what is not there',
      [{name: './a/b/p', type: 'symlink', linkname: '../../../x/y'}],
      /a\/b\/p is a link to/,
    ],
    [
      'links in a circle',
      [
        {name: './a', type: 'symlink', linkname: 'b'},
        {name: './b', type: 'symlink', linkname: 'a'},
      ],
      /a is a link to b, which is outside; b is a link to a/,
    ],
    [
      'a file below a link',
      [{name: './e', type: 'symlink', linkname: 'b'}, {name: './e/x'}],
      /e is a link, and a folder as well/,
    ],
    [
      'a link in place of a folder',
      [
        {name: './etc/x', content: 'x'},
        {name: './etc', type: 'symlink', linkname: 'bin'},
      ],
      /etc comes twice/,
    ],
    [
      'a file twice',
      [
        {name: './a', content: 'x'},
        {name: 'a', content: 'y'},
      ],
      /a comes twice/,
    ],
    [
      'extended headers',
      [{name: './a', content: 'x', pax: {path: '/etc/passwd'}}],
      /format that was not asked for/,
    ],
    ['a path without end', [{name: `./${'a/'.repeat(2_000)}b`, content: 'x'}], /name that has 4\d\d\d bytes/],
  ])('%s', async (_what, items, expected) => {
    const parent = await makeFolder();
    expect(await refusal(receiveFolder(send(items), join(parent, 'dist'), {signal}))).toMatch(expected);
    expect(await readdir(parent)).toEqual(['dist']);
  });

  test('a name that is not UTF-8', async () => {
    const [folder, to] = [await makeFolder(), join(await makeFolder(), 'dist')];
    await writeFile(Buffer.concat([Buffer.from(`${folder}/latin-`), Buffer.from([0xe9])]), '');
    const tar = sendFolder(folder, join(await makeFolder(), 'c.tar'));
    expect(await refusal(receiveFolder(tar, to, {signal}))).toMatch(/latin-.* has a name that is not UTF-8/);
  });

  test('a name that this disk does not take', async () => {
    const [folder, to] = [await makeFolder(), join(await makeFolder(), 'dist')];
    await writeFile(join(folder, 'short'), '');
    const archive = join(await makeFolder(), 'e.tar');
    const longer = `--transform=s/short/${'n'.repeat(300)}/`;
    execFileSync('tar', ['--create', '--file', archive, ...packOptions, longer, '-C', folder, '.']);
    const message = await refusal(receiveFolder(createReadStream(archive), to, {signal}));
    expect(message).toMatch(/n{300} has a name that the disk of this host does not take/);
  });

  test('all that is wrong is named, up to a few, and nothing more is written after the first', async () => {
    const to = join(await makeFolder(), 'dist');
    const pipes = Array.from({length: 9}, (_, index) => ({name: `./p${index}`, type: 'fifo' as const}));
    const items = [{name: './first', content: 'x'}, ...pipes, {name: './last', content: 'x'}];
    expect(await refusal(receiveFolder(send(items), to, {signal}))).toMatch(
      /p0 is a pipe; .*p4 is a pipe; and 4 more/,
    );
    expect(await readdir(to)).toEqual(['first']);
  });

  test('no link is there before all is known to be sound, and none is followed', async () => {
    const parent = await makeFolder();
    const victim = join(parent, 'victim');
    await writeFile(victim, 'precious');
    const items: readonly Item[] = [
      {name: './undelete.patch', type: 'symlink', linkname: '../victim'},
      {name: './undelete.patch', content: 'overwritten'},
    ];
    expect(await refusal(receiveFolder(send(items), join(parent, 'dist'), {signal}))).toMatch(/comes twice/);
    expect(await readFile(victim, 'utf8')).toBe('precious');
    expect(await readdir(join(parent, 'dist'))).toEqual([]);
  });

  test('more than there may be', async () => {
    const parent = await makeFolder();
    const items = Array.from({length: 5}, (_, index) => ({name: `./f${index}`, content: 'xxxx'}));
    const receive = (limits: Partial<typeof intakeLimits>, to: string) =>
      refusal(receiveFolder(send(items), join(parent, to), {signal, limits: {...intakeLimits, ...limits}}));
    expect(await receive({bytes: 10}, 'a')).toMatch(/larger than 10 bytes/);
    expect(await receive({entries: 3}, 'b')).toMatch(/more than 3 files and folders/);
    expect(await receive({nameBytes: 3}, 'c')).toMatch(/names are too long/);
  });

  test('a size that is a lie, or more than the disk has, is refused before it is written', async () => {
    const to = join(await makeFolder(), 'dist');
    const tar = pack();
    tar.entry({name: './huge', size: intakeLimits.bytes + 1});
    expect(await refusal(receiveFolder(Readable.from(tar), to, {signal}))).toMatch(/larger than/);
  });

  test.each([
    ['noise', Buffer.alloc(2_000, 'noise')],
    ['a cut archive', Buffer.from('')],
  ])('%s is no archive', async (what, noise) => {
    const folder = await makeFolder();
    await writeFile(join(folder, 'file'), 'x'.repeat(5_000));
    const archive = join(await makeFolder(), 'd.tar');
    execFileSync('tar', ['--create', '--file', archive, ...packOptions, '-C', folder, '.']);
    const bytes = what === 'noise' ? noise : (await readFile(archive)).subarray(0, 3_000);
    const to = join(await makeFolder(), 'dist');
    expect(await refusal(receiveFolder(Readable.from([bytes]), to, {signal}))).toMatch(
      /not a whole tar archive/,
    );
  });
});

describe('the folder it goes to', () => {
  test('may be there when it is empty, and not otherwise, nor as a link', async () => {
    const parent = await makeFolder();
    await mkdir(join(parent, 'full/x'), {recursive: true});
    await mkdir(join(parent, 'elsewhere'));
    await symlink('elsewhere', join(parent, 'link'));
    await mkdir(join(parent, 'empty'));
    await receiveFolder(send([{name: './a', content: 'x'}]), join(parent, 'empty'), {signal});
    expect(await readdir(join(parent, 'empty'))).toEqual(['a']);
    const items = [{name: './a', content: 'x'}];
    await expect(receiveFolder(send(items), join(parent, 'full'), {signal})).rejects.toThrow(/is not empty/);
    await expect(receiveFolder(send(items), join(parent, 'link'), {signal})).rejects.toThrow(
      /cannot be written/,
    );
  });

  test('is closed to others until all is there', async () => {
    const to = join(await makeFolder(), 'dist');
    const tar = new PassThrough();
    const done = receiveFolder(tar, to, {signal});
    await expect.poll(() => modeOf(to).catch(() => '')).toBe('700');
    tar.end();
    await done;
    expect(await modeOf(to)).toBe('755');
  });
});

test('an abort ends it with its reason, though nothing more comes', async () => {
  const controller = new AbortController();
  const tar = new PassThrough();
  const done = receiveFolder(tar, join(await makeFolder(), 'dist'), {signal: controller.signal});
  tar.write(Buffer.alloc(100));
  controller.abort(new InterruptedError('SIGINT'));
  await expect(done).rejects.toThrow('Interrupted by SIGINT');
  expect(tar.destroyed).toBe(true);
});

test('a stream that breaks says why', async () => {
  const tar = new PassThrough();
  const done = receiveFolder(tar, join(await makeFolder(), 'dist'), {signal});
  tar.destroy(new Error('connection lost'));
  await expect(done).rejects.toThrow('connection lost');
});
