// The help of every command, word for word: what is declared in the table of options reads as it did.
import {expect, test} from 'vitest';
import {createProgram} from '../../src/cli/program.ts';
import type {Terminal} from '../../src/core/terminal.ts';

async function readHelp(...argv: readonly string[]): Promise<string> {
  let text = '';
  const stream = {
    columns: 100,
    write: (part: string) => {
      text += part;
      return true;
    },
  };
  await createProgram({
    argv: [...argv, '--help'],
    env: {},
    stdout: stream,
    stderr: stream,
  } as unknown as Terminal);
  return text;
}

const root = await readHelp();
const commands = [...root.matchAll(/^ {2}([a-z]+)(?: .*)?$/gm)].map(([, name = '']) => name);

test('the help of all commands is as it is in golden/', async () => {
  expect(commands).toContain('build');
  const texts = await Promise.all(commands.filter((name) => name !== 'help').map((name) => readHelp(name)));
  await expect([root, ...texts].join('\n\n')).toMatchFileSnapshot('golden/help.txt');
});

test.each(commands.filter((name) => name !== 'help'))(
  'the help of %s ends with one example, of options that it has',
  async (name) => {
    const help = await readHelp(name);
    const example = /\nExample: build-spark (.*)\n$/.exec(help)?.[1] ?? '';
    expect(example.split(' ')[0]).toBe(name);
    for (const [flag] of example.matchAll(/--[a-z-]+/g))
      expect(help).toMatch(new RegExp(`^ .*${flag}\\b`, 'm'));
  },
);
