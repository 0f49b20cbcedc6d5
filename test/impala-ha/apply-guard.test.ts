// What is said when HAProxy takes neither configuration; what the guard does on a host, apply.test.ts runs.
import {expect, test} from 'vitest';
import {systemClock} from '../../src/core/clock.ts';
import {startGuard} from '../../src/impala-ha/apply-guard.ts';
import type {ServiceKind} from '../../src/impala-ha/apply-facts.ts';
import type {RemoteHost} from '../../src/remote/remote-host.ts';

/** The change of a host on which every reload fails. */
const startBroken = (service: ServiceKind) => {
  const host: RemoteHost = {
    name: 'lb',
    isLocal: false,
    run: () => Promise.resolve({exitCode: 0, stdout: '', stderr: ''}),
    readFile: (path) =>
      Promise.resolve(
        Buffer.from(path.endsWith('/state') ? 'broken\n' : 'Job for haproxy.service failed.\n'),
      ),
    writeFile: () => Promise.resolve(),
    sendFolder: () => Promise.reject(new Error('not asked for')),
    openSocket: () => Promise.reject(new Error('not asked for')),
    close: () => undefined,
  };
  const installation = {config: '/etc/haproxy/haproxy.cfg', pidFile: '/run/haproxy.pid'};
  const files = {newFile: '/etc/haproxy/haproxy.cfg.impala-ha-new', backup: '/etc/haproxy/haproxy.cfg.1.bak'};
  return startGuard(
    host,
    {installation, service, hasMaster: true, ...files, id: '1', waitS: 90},
    systemClock,
  );
};

test('where systemd runs HAProxy, its service may read more files than ours: Enterprise Linux 9 has conf.d', async () => {
  const guard = await startBroken('systemd');
  await expect(guard.reloaded()).rejects.toMatchObject({
    message: expect.stringContaining('Job for haproxy.service failed.') as string,
    hint: expect.stringMatching(/every other -f of systemctl cat haproxy.*haproxy\.cfg\.1\.bak/) as string,
  });
});

test('a HAProxy that we started reads one file', async () => {
  const guard = await startBroken('process');
  await expect(guard.reloaded()).rejects.toMatchObject({
    hint: 'Look there: haproxy -c -f /etc/haproxy/haproxy.cfg; the file as it was is /etc/haproxy/haproxy.cfg.1.bak.',
  });
});
