// HAProxy of this host, for tests that ask it what it thinks of a configuration; and a certificate, made once a run.
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createExec} from '../../src/core/exec.ts';

/** Debian has it where only root looks. */
export const exec = createExec({...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`});

/** bin/test installs it. */
export const hasHaproxy = await exec(['haproxy', '-v']).then(
  () => true,
  () => false,
);

export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'impala-ha-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

/** @returns What `haproxy -c` says against it; with `strict` warnings count too. Empty when it is valid. */
export async function checkConfig(config: string, strict = true): Promise<string> {
  return withFolder(async (folder) => {
    const file = join(folder, 'haproxy.cfg');
    await writeFile(file, config);
    const {exitCode, stdout, stderr} = await exec(['haproxy', ...(strict ? ['-dW'] : []), '-c', '-f', file], {
      allow: 'any',
    });
    return exitCode === 0 ? '' : `exit code ${exitCode}\n${stdout}${stderr}`;
  });
}

/** Writes a self-signed certificate and its key, as HAProxy wants them: in one file. */
export async function writeCertificate(folder: string): Promise<string> {
  const key = join(folder, 'key.pem');
  const {stdout} = await exec([
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=impala.example.com',
    '-days',
    '1',
    '-keyout',
    key,
  ]);
  const {stdout: privateKey} = await exec(['cat', key]);
  const file = join(folder, 'bundle.pem');
  await writeFile(file, `${stdout}\n${privateKey}\n`);
  return file;
}
