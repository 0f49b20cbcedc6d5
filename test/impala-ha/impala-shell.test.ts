// What impala-shell is told and what is made of its answers. The texts are those of impala-shell 4.6.0, without its traces.
import {chmod, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {createExec} from '../../src/core/exec.ts';
import {planFrontends} from '../../src/impala-ha/frontends.ts';
import {
  askImpalaShell,
  findCoordinator,
  findImpalaShell,
  findReason,
  planShellCommand,
} from '../../src/impala-ha/impala-shell.ts';
import {planQueryWay, type Credentials} from '../../src/impala-ha/queries.ts';
import {parseSpec} from '../../src/impala-ha/spec.ts';
import {makeFolder} from '../core/fixtures.ts';
import {cdh5Spec, fullSpec, tlsSpec} from './specs.ts';

const newer = {hasProtocol: true};
const older = {hasProtocol: false};

function wayOf(text: string, kind: string, shell = newer, credentials: Credentials = {user: 'jane'}) {
  const spec = parseSpec(text, 'ha.yaml');
  const frontend = planFrontends(spec).find((one) => one.kind === kind);
  if (frontend === undefined) throw new Error(`no ${kind}`);
  return planQueryWay(spec, frontend, credentials, shell);
}

describe('what it is told', () => {
  test('Beeswax, by the newer ones, and by older ones which have no --protocol', () => {
    const argv = ['impala-shell', '-i', 'impala.example.com:21000', '-B'];
    expect(wayOf(fullSpec, 'beeswax')).toEqual({
      type: 'impala-shell',
      argv: [...argv, '--protocol=beeswax'],
    });
    expect(wayOf(cdh5Spec.replace('VERSION', '1.5'), 'beeswax', older)).toEqual({
      type: 'impala-shell',
      argv,
    });
  });

  test('Kerberos and TLS: the principal of the spec, the CA of the operator; an older one cannot', () => {
    const text = tlsSpec
      .replaceAll('CERTIFICATE', '/c.pem')
      .replace('EXAMPLE.COM', 'EXAMPLE.COM, impala: imp');
    const credentials = {user: 'jane', ca: 'PEM', caFile: '/ca.pem'};
    expect(wayOf(text, 'hs2', newer, credentials)).toMatchObject({
      argv: [
        ...['impala-shell', '-i', 'impala.example.com:21050', '-B', '--protocol=hs2'],
        ...['--ssl', '--ca_cert=/ca.pem', '-k', '-s', 'imp'],
      ],
    });
    expect(wayOf(text, 'hs2', older)).toMatchObject({
      type: 'none',
      reason: expect.stringContaining('Beeswax only') as string,
    });
  });

  test('LDAP through Beeswax: the first line of the file, and no password in argv', async () => {
    const folder = await makeFolder();
    const passwordFile = join(folder, "jane's password");
    await writeFile(passwordFile, "it's 100 %s\r\nsecond line\n");
    const way = wayOf(fullSpec, 'beeswax', newer, {user: 'jane', password: 'secret', passwordFile});
    if (way.type !== 'impala-shell') throw new Error(way.type);
    expect(way.argv.join(' ')).toMatch(/ -l -u jane --ldap_password_cmd=.* --auth_creds_ok_in_clear$/);
    expect(way.argv.join(' ')).not.toContain('secret');
    const command = way.argv
      .find((word) => word.startsWith('--ldap_password_cmd='))
      ?.split('=')
      .slice(1)
      .join('=');
    const {stdout} = await createExec(process.env)(['sh', '-c', `${command ?? ''}; printf .`]);
    expect(stdout).toBe("it's 100 %s.");
  });

  test('an IPv6 address is in brackets', () =>
    expect(planShellCommand({host: '2001:db8::1', port: 21000, protocol: 'beeswax'}, older)).toContain(
      '[2001:db8::1]:21000',
    ));
});

describe('why it failed', () => {
  const trace = 'Traceback (most recent call last):\n  File "impala-shell", line 8\nFatalShellException\n';
  test.each([
    [
      "2026-11-23 06:36:26 [Exception]  ERROR: AnalysisException: Could not resolve table reference: 'x'\n\nCAUSED BY: something\nCould not execute command: select x\n",
      "ERROR: AnalysisException: Could not resolve table reference: 'x'",
    ],
    [
      "Could not connect to any of [('127.0.0.1', 21009)]\nSocket error 111: [Errno 111] Connection refused\nNot connected to Impala, could not execute queries.\n",
      'Socket error 111: [Errno 111] Connection refused',
    ],
    [
      '2026-11-23 06:24:35 [Exception] Error connecting TApplicationException Unknown function PingImpalaService\nNot connected to Impala, could not execute queries.\n',
      'Error connecting TApplicationException Unknown function PingImpalaService',
    ],
    [
      'klist not found on the system, install kerberos clients\n',
      'klist not found on the system, install kerberos clients',
    ],
    ['', 'FatalShellException'],
  ])('%j', (stderr, reason) => expect(findReason(stderr + trace)).toBe(reason));

  test('silence has no reason', () => expect(findReason('\n')).toBeUndefined());
});

describe('who answered', () => {
  const said = (where: string) =>
    `Connected to proxy:21000\nQuery: select 1\nQuery submitted at: 2018-08-29 20:16:47 (Coordinator: ${where})\nQuery progress can be monitored at: http://x:25000/query_plan?query_id=1\n`;
  test.each([
    ['http://impalad2.example.com:25000', 'impalad2.example.com'],
    ['https://impalad2:25000', 'impalad2'],
    ['impalad2:25000', 'impalad2'],
    ['http://[2001:db8::1]:25000', '2001:db8::1'],
  ])('%s', (where, host) => expect(findCoordinator(said(where))).toBe(host));

  test('an old one says nothing of it', () =>
    expect(findCoordinator('Starting Impala Shell\nFetched 1 row(s) in 0.1s\n')).toBeUndefined());
});

describe('one that is installed', () => {
  /** A command of that name which does what the shell script says. */
  async function install(script: string) {
    const folder = await makeFolder();
    const file = join(folder, 'impala-shell');
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return createExec({...process.env, PATH: `${folder}:${process.env.PATH ?? ''}`});
  }

  test('its help says what it can', async () => {
    expect(await findImpalaShell(await install('echo "  --protocol=PROTOCOL"'))).toEqual(newer);
    expect(await findImpalaShell(await install('echo "  -i IMPALAD"'))).toEqual(older);
    expect(await findImpalaShell(await install('exit 1'))).toBeUndefined();
    expect(await findImpalaShell(createExec({PATH: await makeFolder()}))).toBeUndefined();
  });

  test('its answer, its reason, and its silence', async () => {
    const exec = await install(
      'case "$*" in *slow*) sleep 60;; *bad*) echo "ERROR: no table bad" >&2; exit 1;; *) echo "1 $*"; echo 2;; esac',
    );
    const ask = (sql: string, timeoutMs = 30_000) =>
      askImpalaShell(exec, ['impala-shell', '-B'], sql, {timeoutMs});
    expect(await ask('select 1')).toEqual({value: '1 -B -q select 1', coordinator: undefined});
    await expect(ask('select bad')).rejects.toThrow(/^impala-shell: ERROR: no table bad$/);
    await expect(ask('slow', 200)).rejects.toThrow(/^impala-shell: No answer within 0.2 s\.$/);
  });
});
