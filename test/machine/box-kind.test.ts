import {expect, test} from 'vitest';
import {planBoxItem} from '../../src/machine/box-kind.ts';

test('boxes are marked by name and provider', () => {
  expect(planBoxItem('build-spark/debian-13', 'lxc')).toEqual({
    kind: 'box',
    name: 'build-spark/debian-13 (lxc)',
  });
});
