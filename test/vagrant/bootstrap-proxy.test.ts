// Which of apt's archives the bootstrap lets apt ask without the proxy.
import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';
import {planDirectPatterns} from '../../src/core/proxies.ts';

const script = readFileSync(path.join(projectRoot, 'vagrant/bootstrap.sh'), 'utf8');

function listDirect(no: string, sources: Readonly<Record<string, string>>): readonly string[] {
  const root = mkdtempSync(path.join(tmpdir(), 'apt-'));
  mkdirSync(path.join(root, 'sources.list.d'));
  for (const [name, text] of Object.entries(sources)) writeFileSync(path.join(root, name), text);
  const [text = ''] = /^direct_archives\(\) \{\n[\s\S]*?^\}$/m.exec(script) ?? [];
  const {stdout} = spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', `${text.replaceAll('/etc/apt', root)}\ndirect_archives`], {
    encoding: 'utf8',
    env: {PATH: process.env.PATH, direct_hosts: planDirectPatterns({no}, []).join(' ')},
  });
  rmSync(root, {recursive: true});
  return stdout.split('\n').filter((line) => line !== '');
}

const sources = {
  'sources.list': 'deb http://10.0.3.1:3142/debian trixie main\n# deb http://old.corp.test/debian x main\n',
  'sources.list.d/debian.sources': 'Types: deb\nURIs: https://me:pw@apt.corp.test/debian\nSuites: trixie\n',
  'sources.list.d/other.list': 'deb [signed-by=/x] http://deb.example.org/debian trixie main\n',
};

test.each([
  ['corp.test', ['apt.corp.test']],
  ['10.0.0.0/8', ['10.0.3.1']],
  ['10.0.3.0/30,.corp.test', ['10.0.3.1', 'apt.corp.test']],
  ['10.0.3.1:3142', ['10.0.3.1']],
  ['other.test', []],
  ['', []],
])('no_proxy=%s: %j', (no, hosts) => {
  expect(listDirect(no, sources)).toEqual(hosts);
});

test('no sources at all are none', () => {
  expect(listDirect('corp.test', {})).toEqual([]);
});
