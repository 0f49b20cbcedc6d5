// The agent is killed at every single command it runs: whatever the moment, the next contact leaves old or new.
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {projectRoot} from '../../../src/core/paths.ts';

const agent = join(projectRoot, 'data/node/agent.sh');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-spark-agent-'));
  mkdirSync(join(folder, 'quiet'));
  writeFileSync(join(folder, 'quiet/sync'), '#!/bin/sh\n', {mode: 0o755});
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

/** Commands whose place in the sequence is counted; the one of that number never runs, and the agent dies. */
const counted = ['mv', 'cp', 'rm', 'ln', 'install', 'mkdir', 'chmod', 'rmdir'];

function makeKiller(): string {
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  for (const name of counted) {
    const real = ['/usr/bin', '/bin'].map((each) => join(each, name)).find((each) => isThere(each)) ?? name;
    writeFileSync(
      join(tools, name),
      `#!/bin/sh
n=$(($(cat "$COUNT" 2>/dev/null || echo 0) + 1))
echo $n >"$COUNT"
if [ "$n" = "$KILL_AT" ]; then kill -9 $PPID; exit 1; fi
exec ${real} "$@"
`,
    );
    chmodSync(join(tools, name), 0o755);
  }
  return tools;
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

interface Node {
  readonly state: string;
  readonly staging: string;
  readonly files: string;
}

/** Two files that are replaced, one that is new, a link that is replaced, a folder, a file and a link that go. */
function makeNode(name: string): Node {
  const root = join(folder, name);
  const [state, staging, files] = [join(root, 'state'), join(root, 'staging'), join(root, 'files')];
  for (const path of [join(staging, 'in/version'), files]) mkdirSync(path, {recursive: true});
  writeFileSync(join(files, 'a'), 'old a', {mode: 0o640});
  symlinkSync('a', join(files, 'b'));
  symlinkSync('elsewhere', join(files, 'link'));
  writeFileSync(join(files, 'gone'), 'old gone', {mode: 0o600});
  symlinkSync('gone', join(files, 'gone-link'));
  const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
  for (const letter of ['a', 'b', 'c']) writeFileSync(join(staging, 'in', letter), `new ${letter}`);
  writeFileSync(join(staging, 'in/version/x'), 'x');
  const lines = [
    ['folder', '-', '-', 'in/version', join(files, 'versions/1')],
    ['file', '755', sum('new a'), 'in/a', join(files, 'a')],
    ['file', '644', sum('new b'), 'in/b', join(files, 'b')],
    ['file', '600', sum('new c'), 'in/c', join(files, 'c')],
    ['link', '-', '-', 'versions/1', join(files, 'link')],
    ['empty', '755', '-', 'nobody', join(files, 'log')],
    ...['gone', 'gone-link', 'never-there', 'no-folder/x'].map((name) => [
      ...['absent', '-', '-', '-'],
      join(files, name),
    ]),
  ];
  writeFileSync(join(staging, 'plan'), lines.map((fields) => `${fields.join('\t')}\n`).join(''));
  return {state, staging, files};
}

function run(words: readonly string[], env: NodeJS.ProcessEnv = {}): {code: number | null; text: string} {
  // The disk is left alone: what is tested is the order of things.
  const path = `${join(folder, 'quiet')}:${env.PATH ?? process.env.PATH ?? ''}`;
  const {status, stdout, stderr} = spawnSync('sh', [agent, ...words], {
    encoding: 'utf8',
    env: {...process.env, ...env, PATH: path},
  });
  return {code: status, text: stdout + stderr};
}

/** What is visible to the programs: without folders that nothing leads to. */
function look(files: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(files)
      .filter((name) => name !== 'versions' && name !== 'log')
      .map((name) => {
        const path = join(files, name);
        const entry = lstatSync(path);
        return [
          name,
          entry.isSymbolicLink()
            ? `-> ${readlinkSync(path)}`
            : `${(entry.mode & 0o7777).toString(8)} ${readFileSync(path, 'utf8')}`,
        ];
      }),
  );
}

const old = {a: '640 old a', b: '-> a', gone: '600 old gone', 'gone-link': '-> gone', link: '-> elsewhere'};
const renewed = {
  a: '755 new a',
  b: '644 new b',
  c: '600 new c',
  link: '-> versions/1',
};

describe('the agent', () => {
  test('replaces all, says so again, and puts all back', () => {
    const {state, staging, files} = makeNode('plain');
    const plan = createHash('sha256')
      .update(readFileSync(join(staging, 'plan')))
      .digest('hex');
    expect(run(['check', state, plan]).code).toBe(3);
    expect(run(['apply', state, staging])).toMatchObject({code: 0});
    expect(look(files)).toEqual(renewed);
    expect(run(['check', state, plan])).toMatchObject({code: 0});
    expect(run(['check', state, 'another plan']).code).toBe(3);
    expect(run(['undo', state])).toMatchObject({code: 0});
    expect(look(files)).toEqual(old);
    expect(isThere(join(files, 'versions/1'))).toBe(false);
    expect(isThere(join(files, 'log'))).toBe(false);
    expect(run(['undo', state])).toMatchObject({
      code: 1,
      text: expect.stringContaining('nothing to take back'),
    });
  });

  test('what was not sent whole changes nothing', () => {
    const {state, staging, files} = makeNode('damaged');
    writeFileSync(join(staging, 'in/c'), 'cut o');
    expect(run(['apply', state, staging])).toMatchObject({
      code: 1,
      text: expect.stringContaining('is incomplete'),
    });
    expect(look(files)).toEqual(old);
    expect(readdirSync(join(state, 'records'))).toEqual([]);
  });

  test('what cannot be replaced changes nothing', () => {
    const {state, staging, files} = makeNode('folder');
    mkdirSync(join(files, 'c'));
    expect(run(['apply', state, staging])).toMatchObject({
      code: 1,
      text: expect.stringContaining('is a folder'),
    });
    rmSync(join(files, 'c'), {recursive: true});
    expect(look(files)).toEqual(old);
  });

  test('a file that somebody changed since is reported, and not taken back', () => {
    const {state, staging, files} = makeNode('changed');
    const plan = createHash('sha256')
      .update(readFileSync(join(staging, 'plan')))
      .digest('hex');
    run(['apply', state, staging]);
    writeFileSync(join(files, 'a'), 'edited');
    expect(run(['check', state, plan])).toMatchObject({
      code: 1,
      text: expect.stringContaining('a was changed'),
    });
    expect(run(['undo', state])).toMatchObject({code: 1});
    expect(readFileSync(join(files, 'a'), 'utf8')).toBe('edited');
  });

  test('what was taken away and is there again is reported, and not taken back', () => {
    const {state, staging, files} = makeNode('again');
    run(['apply', state, staging]);
    writeFileSync(join(files, 'gone'), 'of somebody');
    expect(run(['undo', state])).toMatchObject({
      code: 1,
      text: expect.stringContaining('gone is there again'),
    });
    expect(readFileSync(join(files, 'gone'), 'utf8')).toBe('of somebody');
  });

  test.each(['apply', 'undo'])(
    'killed at any command of %s: old or new after the next contact',
    (verb) => {
      const PATH = `${makeKiller()}:${process.env.PATH ?? ''}`;
      const states = new Set<string>();
      for (let killAt = 1; ; killAt++) {
        const {state, staging, files} = makeNode(`${verb}-${killAt}`);
        if (verb === 'undo') run(['apply', state, staging]);
        const count = join(folder, `count-${killAt}`);
        // Without the outer shell, which would mend it at once.
        const env = {PATH, COUNT: count, KILL_AT: String(killAt), BUILD_SPARK_DETACHED: 'yes'};
        const {code} = run(verb === 'apply' ? ['apply', state, staging] : ['undo', state], env);
        expect(run(['recover', state])).toMatchObject({code: 0});
        const found = look(files);
        const name = isSame(found, old) ? 'old' : isSame(found, renewed) ? 'new' : JSON.stringify(found);
        states.add(name);
        expect(['old', 'new'], `killed at ${killAt}`).toContain(name);
        if (name === 'old') expect(isThere(join(files, 'versions/1')), `left at ${killAt}`).toBe(false);
        if (code === 0) break;
        expect(killAt).toBeLessThan(200);
      }
      expect([...states].sort()).toEqual(['new', 'old']);
    },
    180_000,
  ); // A hundred runs of a script, also on a busy machine.
});

function isSame(one: Record<string, string>, other: Record<string, string>): boolean {
  return JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
}
