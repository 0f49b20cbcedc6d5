import fc from 'fast-check';
import {expect, test} from 'vitest';
import {renderRelease} from '../../src/catalogue/ref-facts.ts';

test.each([
  ['cdh5.7.0-release', 'cdh5.7.0'],
  ['refs/tags/cdh5.7.0-release', 'cdh5.7.0'],
  ['spark2-2.4.0-cloudera2', 'spark2-2.4.0-cloudera2'],
  ['refs/heads/feature/x_y', 'feature-x_y'],
  ['feature/#42', 'feature-42'],
  ['#42', '42'],
  ['a@b', 'a-b'],
  ['größe', 'gro-e'],
  ['HEAD', 'HEAD'],
  ['$(touch x)', 'touch-x'],
  ['a+b', 'a+b'],
])('%s is called %s', (ref, name) => expect(renderRelease(ref)).toBe(name));

test('every ref has a name that is safe as that of a folder, and different ones where nothing of it is left', () => {
  fc.assert(
    fc.property(fc.string({unit: 'grapheme', minLength: 1, maxLength: 255}), (ref) => {
      expect(renderRelease(ref)).toMatch(/^(?![-.])[\w.+-]{1,120}$/);
    }),
  );
  expect(renderRelease('日本')).not.toBe(renderRelease('中国'));
  expect(renderRelease(`${'x'.repeat(200)}a`)).not.toBe(renderRelease(`${'x'.repeat(200)}b`));
});
