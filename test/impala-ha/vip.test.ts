// Two balancers and one address: the files of keepalived, and the syslog of a balancer. What they do was run by hand in two
// guests, docs/ha-evidence.md says how.
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Terminal} from '../../src/core/terminal.ts';
import {findDevice, holdsAddress, renderVipFiles} from '../../src/impala-ha/keepalived.ts';
import {renderConfig} from '../../src/impala-ha/render-config.ts';
import {parseSpec, SpecError} from '../../src/impala-ha/spec.ts';
import {readSpecFile} from '../../src/impala-ha/spec-file.ts';
import {planRsyslog} from '../../src/impala-ha/syslog.ts';
import {checkConfig, exec, hasHaproxy, withFolder} from './haproxy.ts';

const spec = (bind: string, vip: string, more = '') =>
  `proxy: {host: lb, bind: [${bind}], vip: ${vip}${more}}\nthriftserver: {servers: [{name: a, host: 127.77.0.11}]}\n`;
const pair =
  '{address: 192.0.2.10/24, passwordFile: vip.pw, balancers: [{ssh: lb1, address: 192.0.2.11}, {ssh: lb2, address: 192.0.2.12}]}';
const problemsOf = (text: string): string => {
  try {
    parseSpec(text, 'ha.yaml');
    return '';
  } catch (error) {
    if (error instanceof SpecError) return error.message;
    throw error;
  }
};

describe('a pair of balancers', () => {
  const parsed = parseSpec(spec('192.0.2.10', pair), 'ha.yaml');
  const filesOf = (index: number) => {
    const files = renderVipFiles(parsed, parsed.proxy.vip!, index, 'eth0', 'abcd1234');
    return (name: string) => files.find(({path}) => path.endsWith(`/${name}`));
  };

  test('each speaks to the other alone, the first is preferred, and only root reads the password', () => {
    const [first, second] = [filesOf(0), filesOf(1)];
    expect(first('keepalived.conf')?.mode).toBe('600');
    expect(first('keepalived.conf')?.text).toMatch(
      /nopreempt[\s\S]*priority 150[\s\S]*unicast_src_ip 192\.0\.2\.11[\s\S]*unicast_peer \{\s+192\.0\.2\.12\s+\}[\s\S]*auth_pass abcd1234[\s\S]*192\.0\.2\.10\/24/,
    );
    expect(second('keepalived.conf')?.text).toMatch(/priority 100[\s\S]*unicast_src_ip 192\.0\.2\.12/);
    expect(first('60-impala-ha.conf')?.text).toContain('net.ipv4.ip_nonlocal_bind = 1');
  });

  test('its check is a script that a shell understands', async () => {
    const {exitCode, stderr} = await exec(['sh', '-n', '-c', filesOf(0)('impala-ha-check')?.text ?? ''], {
      allow: 'any',
    });
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  test('who has the address, and on which device', () => {
    const text =
      '1: lo    inet 127.0.0.1/8 scope host lo\n2: eth0@if7    inet 192.0.2.11/24 brd x\n2: eth0@if7    inet 192.0.2.10/24 scope global\n';
    expect(holdsAddress(text, parsed.proxy.vip!)).toBe(true);
    expect(holdsAddress(text.replace('.10/24', '.100/24'), parsed.proxy.vip!)).toBe(false);
    expect(findDevice(text, '192.0.2.11')).toBe('eth0');
  });

  test.each([
    [spec('192.0.2.11', pair), /add 192\.0\.2\.10, which proxy\.vip/],
    [spec('192.0.2.10', pair.replace('192.0.2.12', '192.0.2.11')), /address of its own/],
    [spec('192.0.2.10', pair.replace('192.0.2.12', '192.0.2.10')), /address of its own/],
    [spec('192.0.2.10', pair.replace('10/24', '10')), /with its network/],
    [spec('192.0.2.10', pair.replace('passwordFile: vip.pw, ', '')), /passwordFile: is missing/],
  ])('is refused: %s', (text, message) => expect(problemsOf(text)).toMatch(message));

  test('the password is in a file beside the spec', async () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'ha.yaml'), spec('192.0.2.10', pair));
      const read = () => readSpecFile('ha.yaml', {cwd: folder} as unknown as Terminal);
      await writeFile(join(folder, 'vip.pw'), 'with a blank\n');
      await expect(read()).rejects.toThrow(/is not 4 to 8 letters and digits/);
      await writeFile(join(folder, 'vip.pw'), 'abcd1234\n');
      expect((await read()).vipPassword).toBe('abcd1234');
    }));
});

describe('the log', () => {
  const withLog = (more: string) =>
    parseSpec(
      `proxy: {host: lb, bind: [127.77.0.1]${more}}\nthriftserver: {servers: [{name: a, host: 127.77.0.11}]}\n`,
      'ha.yaml',
    );
  const plan = (more: string, facts = {isRunning: true, hasUdp: false}) =>
    planRsyslog(withLog(more), more === '' ? 'stdout' : (withLog(more).proxy.log ?? ''), facts);

  test.skipIf(!hasHaproxy)('may go to an IPv6 syslog, with another facility', async () => {
    const text = renderConfig(withLog(", log: '[::1]:514', logFacility: local5"));
    expect(text).toContain('log ipv6@::1:514 local5 info');
    expect(await checkConfig(text)).toBe('');
  });

  test('to the syslog of this host is written to a file by rsyslog, and by nobody else', () => {
    const [change] = plan(', log: 127.0.0.1:514');
    expect(change?.argv.at(-1)).toContain(
      'input(type="imudp" address="127.0.0.1" port="514")\nlocal2.* -/var/log/haproxy.log\n& stop\n',
    );
    expect(plan(', log: 127.0.0.1:514', {isRunning: true, hasUdp: true})[0]?.argv.at(-1)).not.toContain(
      'imudp',
    );
    expect(plan(', log: 127.0.0.1:514', {isRunning: false, hasUdp: false})).toEqual([]);
    expect(plan(', log: 192.0.2.9:514')).toEqual([]);
    expect(plan('')).toEqual([]);
  });

  test('that goes elsewhere now takes the file away, and the same again does nothing', () => {
    const text = plan(', log: 127.0.0.1:514')[0]?.argv.at(-1) ?? '';
    const facts = {isRunning: true, hasUdp: false, text};
    expect(plan(', log: 127.0.0.1:514', facts)).toEqual([]);
    expect(plan('', facts).map(({what}) => what)).toEqual(["take rsyslog's file away"]);
  });
});
