// No two files import each other, by whatever way round; not for their types either: what both need has a file of its own.
import {readdirSync, readFileSync} from 'node:fs';
import {join, posix} from 'node:path';
import {expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';

function readImports(): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync(join(projectRoot, 'src'), {recursive: true, encoding: 'utf8'}).filter((name) =>
    name.endsWith('.ts'),
  );
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(projectRoot, 'src', file), 'utf8');
      const specifiers = [...text.matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)'/g)].map(([, to = '']) => to);
      return [file, specifiers.map((to) => posix.join(posix.dirname(file), to))];
    }),
  );
}

/** @returns The first circle that is met, each file once. */
function findCircle(imports: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    const at = path.indexOf(file);
    if (at >= 0) return path.slice(at);
    if (done.has(file)) return undefined;
    for (const to of imports.get(file) ?? []) {
      const circle = visit(to, [...path, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test('files do not import each other in a circle', () => {
  const imports = readImports();
  expect(imports.size).toBeGreaterThan(200);
  expect(findCircle(imports)).toBeUndefined();
  const circle = new Map([
    ['a.ts', ['b.ts']],
    ['b.ts', ['a.ts']],
  ]);
  expect(findCircle(circle)).toEqual(['a.ts', 'b.ts']);
});
