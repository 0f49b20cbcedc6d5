// Puts keepalived on one of two balancers, whose HAProxy runs already: package, files, start at boot, and a look whether the
// address is held. Takes its files back when keepalived does not run with them. Knows nothing of HAProxy's configuration.
import type {Clock} from '../core/clock.ts';
import {BuildError, UsageError} from '../core/errors.ts';
import {quoteCommand} from '../core/quote.ts';
import type {RemoteHost} from '../remote/remote-host.ts';
import {
  findDevice,
  holdsAddress,
  keepalivedFiles,
  keepalivedHead,
  renderVipFiles,
  type VipFile,
  type VipSpec,
} from './keepalived.ts';
import type {HaSpec} from './spec-schema.ts';

export interface VipRequest {
  readonly host: RemoteHost;
  readonly spec: HaSpec;
  readonly vip: VipSpec;
  readonly index: number;
  readonly password: string;
  readonly isDryRun: boolean;
  readonly isReplacing: boolean;
  readonly onNote: (line: string) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

class VipError extends BuildError {}

export async function readHolds(host: RemoteHost, vip: VipSpec, signal?: AbortSignal): Promise<boolean> {
  const {stdout} = await host.run(['ip', '-o', 'addr', 'show'], {asRoot: true, signal});
  return holdsAddress(stdout, vip);
}

const look = `PATH=$PATH:/usr/sbin:/sbin
command -v keepalived >/dev/null && echo has-keepalived
command -v apt-get >/dev/null && echo has-apt
command -v dnf >/dev/null && echo has-dnf
command -v yum >/dev/null && echo has-yum
[ -d /run/systemd/system ] && echo has-systemd
if [ -d /run/systemd/system ]; then systemctl is-active --quiet keepalived && echo runs
elif kill -0 "$(cat /run/keepalived.pid)" 2>/dev/null; then echo runs; fi
exit 0`;

/** Before HAProxy is told to bind an address that this host may not have. */
export async function allowForeignAddress(request: VipRequest): Promise<readonly string[]> {
  const [file] = planFiles(request, 'lo').filter(({path}) => path === keepalivedFiles.sysctl);
  if (file === undefined || !(await writeIfOther(request, file))) return [];
  await change(request, ['sysctl', '-p', keepalivedFiles.sysctl]);
  return ['let HAProxy bind the shared address (sysctl)'];
}

/** @returns What was changed. @throws VipError when keepalived does not run with it; then its files are as before. */
export async function applyVip(request: VipRequest): Promise<readonly string[]> {
  const {host, vip, index, signal, isDryRun, isReplacing} = request;
  const root = {asRoot: true, signal} as const;
  const words = new Set((await host.run(['sh', '-c', look], root)).stdout.split('\n'));
  const {stdout: addresses} = await host.run(['ip', '-o', 'addr', 'show'], root);
  const own = vip.balancers[index]?.address ?? '';
  const device = findDevice(addresses, own);
  if (device === undefined)
    throw new UsageError(
      `${host.name} does not have the address ${own}, which proxy.vip says of it.`,
      'Give the address that this balancer has of its own.',
    );
  const changes: string[] = [];
  if (!words.has('has-keepalived')) {
    const argv = words.has('has-apt')
      ? [
          'env',
          'DEBIAN_FRONTEND=noninteractive',
          'apt-get',
          '--yes',
          '--no-install-recommends',
          'install',
          'keepalived',
        ]
      : [words.has('has-dnf') ? 'dnf' : 'yum', '-y', 'install', 'keepalived'];
    await change(request, argv);
    changes.push('install keepalived');
  }
  const present = (await host.readFile(keepalivedFiles.config, root))?.toString();
  if (
    present !== undefined &&
    !present.startsWith(keepalivedHead) &&
    /^\s*vrrp_instance/m.test(present) &&
    !isReplacing
  )
    throw new VipError(
      `${keepalivedFiles.config} on ${host.name} is somebody else's, and has a vrrp_instance.`,
      'Nothing of it was changed. Give it up with --replace, or run keepalived by hand as impala-ha render shows.',
    );
  const before = new Map<string, string | undefined>();
  let isOther = false;
  for (const file of planFiles(request, device)) {
    before.set(file.path, (await host.readFile(file.path, root))?.toString());
    isOther = (await writeIfOther(request, file)) || isOther;
  }
  if (!isOther && words.has('runs')) return changes;
  changes.push('keepalived for the shared address');
  const service = planService(words.has('has-systemd'), words.has('runs'));
  if (isDryRun) {
    for (const argv of service) await change(request, argv);
    return changes;
  }
  try {
    await host.run(['keepalived', '-t', '-f', keepalivedFiles.config], root);
    for (const argv of service) await change(request, argv);
    await waitForKeepalived(request);
  } catch (error) {
    for (const [path, text] of before)
      if (text === undefined) await host.run(['rm', '-f', path], {asRoot: true});
      else await host.writeFile(path, text, {asRoot: true, mode: path.endsWith('check') ? '755' : '600'});
    throw error;
  }
  return changes;
}

function planService(hasSystemd: boolean, isRunning: boolean): readonly (readonly string[])[] {
  if (hasSystemd)
    return [
      ['systemctl', 'enable', 'keepalived'],
      ['systemctl', isRunning ? 'reload' : 'start', 'keepalived'],
    ];
  return [
    ['update-rc.d', 'keepalived', 'defaults'],
    ['service', 'keepalived', isRunning ? 'reload' : 'start'],
  ];
}

/** By its file: a host sees the processes of its containers too. */
const aliveScript = 'kill -0 "$(cat /run/keepalived.pid)"';

/** @throws VipError when it does not run. Who has the address is seen once both have started. */
async function waitForKeepalived({host, clock, signal}: VipRequest): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const {exitCode} = await host.run(['sh', '-c', aliveScript], {
      asRoot: true,
      allow: 'any',
      signal,
    });
    if (exitCode === 0 && tries > 2) return;
    await clock.sleep(500, signal);
  }
  throw new VipError(
    `On ${host.name}, keepalived does not run with its new configuration; its files are as before.`,
    'Look there: journalctl -u keepalived, or /var/log/syslog.',
  );
}

function planFiles({spec, vip, index, password}: VipRequest, device: string): readonly VipFile[] {
  return renderVipFiles(spec, vip, index, device, password);
}

async function writeIfOther({host, isDryRun, onNote, signal}: VipRequest, file: VipFile): Promise<boolean> {
  const present = (await host.readFile(file.path, {asRoot: true, signal}))?.toString();
  if (present === file.text) return false;
  onNote(`${isDryRun ? 'would write' : 'writes'} ${file.path}`);
  if (isDryRun) return true;
  await host.run(['mkdir', '-p', file.path.replace(/\/[^/]*$/, '')], {asRoot: true, signal});
  await host.writeFile(file.path, file.text, {asRoot: true, mode: file.mode, signal});
  return true;
}

async function change({host, isDryRun, onNote, signal}: VipRequest, argv: readonly string[]): Promise<void> {
  onNote(`${isDryRun ? 'would run' : 'runs'}: ${quoteCommand(argv)}`);
  if (!isDryRun) await host.run(argv, {asRoot: true, signal, timeoutMs: 900_000});
}
