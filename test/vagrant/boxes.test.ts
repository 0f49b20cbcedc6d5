// The table of boxes: complete, and honest about what was verified.
import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';

type Box = Readonly<Record<string, string | boolean | undefined>>;
const table = JSON.parse(readFileSync(new URL('../../vagrant/boxes.json', import.meta.url), 'utf8')) as {
  readonly formatVersion: number;
  readonly defaults: Readonly<Record<string, string>>;
  readonly boxes: readonly Box[];
};

test('every provider has its default box, and exactly one', () => {
  for (const [provider, os] of Object.entries(table.defaults))
    expect(table.boxes.filter((box) => box.provider === provider && box.os === os)).toHaveLength(1);
});

test('CentOS 7 of the original recipe is there for every provider but lxc', () => {
  const having = table.boxes.filter((box) => box.os === 'centos7').map((box) => box.provider);
  expect(having.sort()).toEqual(
    Object.keys(table.defaults)
      .filter((name) => name !== 'lxc')
      .sort(),
  );
});

test('a downloaded box is verified exactly when it has a checksum; every entry names its source', () => {
  for (const box of table.boxes) {
    expect(box.source).toMatch(/\w/);
    if (box.url !== undefined) expect(box.url).toMatch(/^https:\/\/\S+\.box$/);
    if (box.builtBy === undefined) expect(box.verified).toBe(box.checksum !== undefined);
    if (box.checksum !== undefined) expect(box.checksum).toMatch(/^[\da-f]{64}$/);
  }
});
