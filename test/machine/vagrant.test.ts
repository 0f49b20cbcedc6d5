// What Vagrant is given besides its arguments.
import {expect, test} from 'vitest';
import {renderVagrantEnv} from '../../src/machine/vagrant.ts';

test('a temporary folder whose name leaves no room for a socket of ssh is not handed on', () => {
  expect(renderVagrantEnv()).toEqual({VAGRANT_CHECKPOINT_DISABLE: '1'});
  expect(renderVagrantEnv('/var/tmp/me')).not.toHaveProperty('TMPDIR');
  const longest = `/${'x'.repeat(47)}`;
  // The name that Vagrant gives its folder, with seven digits of a process id, and what ssh adds while it connects.
  expect(`${longest}/vagrant-rsync-20261123-1234567-abcdef.0123456789abcdef`.length).toBeLessThan(108);
  expect(renderVagrantEnv(longest)).not.toHaveProperty('TMPDIR');
  expect(renderVagrantEnv(`${longest}x`)).toMatchObject({TMPDIR: '/tmp'});
});
