// What was asked of `install`, checked: all that is wrong at once, and nothing reached before.
import {expect, test} from 'vitest';
import type {Terminal} from '../../src/core/terminal.ts';
import {readInstallRequest} from '../../src/install/asked-install.ts';

const terminal = {stdin: {isTTY: false}, stderr: {isTTY: false}} as unknown as Terminal;
const asked = {
  layout: 'overlay',
  role: 'thriftserver',
  port: 10015,
  user: 'hive',
  parcels: '/opt/cloudera/parcels/',
} as const;

test('the folder names the dist, and a slash at the end of a folder does not matter', () => {
  const request = readInstallRequest('/out/dist-cdh5.7.0-nodeps', asked, terminal);
  expect(request).toMatchObject({name: 'dist-cdh5.7.0-nodeps', parcels: '/opt/cloudera/parcels'});
  expect(request.forceVersion).toBe(false);
});

test('a gateway has nothing of the recipe', () => {
  const wrong = {...asked, role: 'gateway', layout: 'recipe'} as const;
  expect(() => readInstallRequest('/out/dist-x', wrong, terminal)).toThrow(/of which a gateway needs none/);
});

test('all that is wrong is told at once', () => {
  const wrong = {...asked, user: 'a b', bindHost: 'x y', parcels: 'relative', askPassword: true};
  const read = (): unknown => readInstallRequest('/out/dist-cdh5.7.0-nodeps', wrong, terminal);
  expect(read).toThrow(/a b/);
  expect(read).toThrow(/x y/);
  expect(read).toThrow(/relative/);
  expect(read).toThrow(/--ask-password needs a terminal/);
});
