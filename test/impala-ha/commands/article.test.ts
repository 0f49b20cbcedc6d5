// The commands of impala-ha as they are typed, with the original article's layout, before small Impalas.
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import {text} from 'node:stream/consumers';
import {expect, test} from 'vitest';
import {createHaProgram} from '../../../src/impala-ha/program.ts';
import type {Terminal} from '../../../src/core/terminal.ts';
import {hasHaproxy} from '../haproxy.ts';
import {makeScene, network, proxyAddress} from '../live.ts';

async function run(argv: readonly string[], home: string) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err] = [text(stdout), text(stderr)];
  const terminal = {
    argv,
    env: {...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin`},
    home,
    cwd: home,
    isRoot: true,
    stdin: process.stdin,
    stdout,
    stderr,
    signal: new AbortController().signal,
  } as unknown as Terminal;
  const code = await createHaProgram(terminal).finally(() => [stdout.end(), stderr.end()]);
  return {code, stdout: await out, stderr: await err};
}

const specText = `
proxy: {host: NETWORK.1, bind: [NETWORK.1], log: 127.0.0.1:514}
impala:
  version: '4.1.0'
  coordinators:
    - {name: impalad1, host: NETWORK.11, ports: {hs2: 21050, web: 25000}}
    - {name: impalad2, host: NETWORK.12, ports: {hs2: 21050, web: 25000}}
  checks: {interval: 300ms, timeout: 2s, fall: 2, rise: 1}
statistics: false
admin: {socket: FOLDER/admin.sock, group: root}
`;
const backends = [11, 12].map((last, index) => ({
  name: `impalad${index + 1}`,
  host: `${network}.${last}`,
  port: 21050,
  webPort: 25000,
}));

test.skipIf(!hasHaproxy)(
  'apply --article: one port 5000, a second time nothing, and every other command knows it',
  async () => {
    const {folder, installation, specText: written} = await makeScene(specText, backends);
    await writeFile(join(folder, 'ha.yaml'), written);
    const spec = ['--spec', 'ha.yaml'];
    const where = [
      '--config',
      installation.config,
      '--pid-file',
      installation.pidFile,
      '--service',
      'process',
    ];
    const parse = ({stdout}: {readonly stdout: string}): unknown => JSON.parse(stdout);

    const plan = await run(['apply', ...spec, ...where, '--article', '--json', '--dry-run'], folder);
    expect(parse(plan)).toEqual({
      host: 'localhost',
      dryRun: true,
      changes: ['replace the configuration, start HAProxy'],
      servers: [],
    });
    expect(plan.stderr).toContain('would run: haproxy ');

    const first = await run(['apply', ...spec, ...where, '--article', 'leastconn', '--json'], folder);
    expect(first.code).toBe(0);
    expect(parse(first)).toMatchObject({
      dryRun: false,
      changes: ['replace the configuration, start HAProxy'],
      servers: ['impalad1', 'impalad2'].map((server) => ({frontend: 'hs2', port: 5000, server, isUp: true})),
    });
    expect(
      parse(await run(['apply', ...spec, ...where, '--article', 'leastconn', '--json'], folder)),
    ).toMatchObject({
      changes: [],
    });

    const check = await run(['check', ...spec, '--article', '--queries', '4', '--json'], folder);
    expect(check.code).toBe(0);
    expect(parse(check)).toMatchObject({
      ok: true,
      frontends: [{frontend: 'hs2', port: 5000, spread: 'even'}],
    });
    expect((await run(['drain', 'impalad1', ...spec, '--article'], folder)).code).toBe(0);
    expect(parse(await run(['status', ...spec, '--article', '--json'], folder))).toMatchObject({
      servers: [{status: 'DRAIN'}, {status: 'UP'}],
    });
    // Without --article it is another configuration than the one that runs.
    expect((await run(['status', ...spec], folder)).stdout).toContain('another configuration');
  },
  60_000,
);

test('clients --article names its one port, and none for Hue', async () => {
  const {folder, specText: written} = await makeScene(specText, []);
  await writeFile(join(folder, 'ha.yaml'), written);
  const {code, stdout} = await run(['clients', '--spec', 'ha.yaml', '--article'], folder);
  expect(code).toBe(0);
  expect(stdout).toContain(`impala-shell -i ${proxyAddress}:5000`);
  expect(stdout).not.toMatch(/21050|21051|hue\.ini/);
});

test('an unknown algorithm, and a spec without Impala, are refused before any host is asked', async () => {
  const {folder} = await makeScene(specText, []);
  const thrift = `proxy: {host: lb, bind: ['*']}\nthriftserver: {servers: [{name: a, host: h}]}\n`;
  await writeFile(join(folder, 'thrift.yaml'), thrift);
  await writeFile(
    join(folder, 'ha.yaml'),
    specText.replaceAll('FOLDER', folder).replaceAll('NETWORK', network),
  );
  // If it were not refused, it must not change this host.
  for (const command of [['render'], ['apply', '--dry-run'], ['check'], ['clients']])
    for (const words of [
      ['ha.yaml', '--article', 'random'],
      ['thrift.yaml', '--article'],
    ])
      await expect(
        run([...command, '--spec', ...words], folder),
        `${command[0]} ${words[0]}`,
      ).rejects.toMatchObject({
        exitCode: 2,
      });
});
