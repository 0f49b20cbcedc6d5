// Decides what `apply` changes on the proxy's host, from facts and the wanted configuration. Pure.
import {UsageError} from '../core/errors.ts';
import type {Installation, ProxyFacts} from './apply-facts.ts';
import type {Change} from './change.ts';
import {planLog} from './render-sections.ts';
import type {HaSpec} from './spec.ts';
import {planRsyslog} from './syslog.ts';
import {listFeatures, parseHaproxyVersion} from './versions.ts';

/** A port of the proxy, and who may use it; default: whom the proxy allows. */
export interface Opening {
  readonly port: number;
  readonly allow?: readonly string[] | undefined;
}

export interface ApplyPlan {
  readonly install: readonly Change[];
  /** Before HAProxy gets its new configuration. */
  readonly before: readonly Change[];
  /** Whether the file is another, or HAProxy does not run with it. */
  readonly swap?: 'file' | 'reload' | 'start' | undefined;
  /** Once it works: so that nothing is opened for a proxy that is not there. */
  readonly after: readonly Change[];
}

/** @throws UsageError when HAProxy is missing, and nothing that we know installs packages there. */
export function planInstall({version, packages, system}: ProxyFacts): readonly Change[] {
  if (version !== undefined) return [];
  if (packages === undefined)
    throw new UsageError(
      `HAProxy is not on that host (${system}), and neither are apt-get, dnf and yum.`,
      'Install HAProxy there, 2.2 or newer; then type the same again.',
    );
  // dnf and yum read their lists themselves, but trust old ones, which may name files that are gone by now. Not read anew
  // at once: they then give up when any repository is out of reach, also one that has nothing to do with HAProxy.
  if (packages !== 'apt-get')
    return [
      {
        what: 'install HAProxy',
        argv: [packages, '-y', 'install', 'haproxy'],
        remedy: [packages, 'clean', 'expire-cache'],
      },
    ];
  return [
    {what: 'read the lists of packages', argv: [...apt, 'update']},
    {what: 'install HAProxy', argv: [...apt, 'install', 'haproxy']},
  ];
}

const apt = [
  'env',
  'DEBIAN_FRONTEND=noninteractive',
  'apt-get',
  '--yes',
  '--no-install-recommends',
  '-o',
  'DPkg::Lock::Timeout=300',
];

/**
 * @param wanted The configuration that HAProxy shall run with.
 * @param runningSinceS When the HAProxy that answers now read its configuration, by the clock of that host.
 */
export function planApply(
  spec: HaSpec,
  openings: readonly Opening[],
  facts: ProxyFacts,
  wanted: string,
  runningSinceS: number | undefined,
): Omit<ApplyPlan, 'install'> {
  const {config, isRunning, mayConnectAnywhere} = facts;
  const swap = (): ApplyPlan['swap'] => {
    if (config?.text !== wanted) return 'file';
    if (!isRunning) return 'start';
    // Somebody changed the file and did not reload; times of files and processes are whole seconds.
    return runningSinceS === undefined || config.changedAtS > runningSinceS + 2 ? 'reload' : undefined;
  };
  const action = swap();
  return {
    before:
      mayConnectAnywhere === false
        ? [
            {
              what: 'let HAProxy connect to any port (SELinux)',
              argv: ['setsebool', '-P', 'haproxy_connect_any', '1'],
              undo: ['setsebool', '-P', 'haproxy_connect_any', '0'],
            },
          ]
        : [],
    swap: action,
    after: [
      ...planEnable(facts),
      ...planRsyslog(
        spec,
        planLog(spec, listFeatures(parseHaproxyVersion(facts.version ?? '2.4'))),
        facts.rsyslog,
      ),
      ...(isLoopback(spec) ? [] : planFirewall(spec, openings, facts)),
    ],
  };
}

const isLoopback = ({proxy}: HaSpec): boolean =>
  proxy.bind.every((address) => address.startsWith('127.') || address === '::1');

function planEnable({service, isEnabled, packages}: ProxyFacts): readonly Change[] {
  if (isEnabled !== false) return [];
  const what = 'start HAProxy at boot';
  if (service === 'systemd') return [{what, argv: ['systemctl', 'enable', 'haproxy']}];
  return [
    {
      what,
      argv: packages === 'apt-get' ? ['update-rc.d', 'haproxy', 'defaults'] : ['chkconfig', 'haproxy', 'on'],
    },
  ];
}

function planFirewall(
  {proxy}: HaSpec,
  openings: readonly Opening[],
  {firewall}: ProxyFacts,
): readonly Change[] {
  const {type} = firewall;
  if (type === 'none') return [];
  const {open} = firewall;
  const wanted = openings.flatMap(({port, allow}) =>
    (allow ?? proxy.allow ?? [undefined]).map((network) => ({port, network})),
  );
  if (type === 'ufw') {
    return wanted
      .filter(({port, network}) => !open.has(`${port}/tcp from ${network ?? 'Anywhere'}`))
      .map(({port, network}) => ({
        what: `open port ${port}${network === undefined ? '' : ` to ${network}`} (ufw)`,
        argv: ['ufw', 'allow', 'proto', 'tcp', 'from', network ?? 'any', 'to', 'any', 'port', String(port)],
      }));
  }
  return wanted.flatMap(({port, network}) => {
    const rule = network === undefined ? undefined : renderRichRule(port, network);
    if (open.has(rule ?? `${port}/tcp`)) return [];
    const argument = rule === undefined ? `--add-port=${port}/tcp` : `--add-rich-rule=${rule}`;
    const what = `open port ${port}${network === undefined ? '' : ` to ${network}`} (firewalld)`;
    return [
      {what: `${what}, from now on`, argv: ['firewall-cmd', argument]},
      {what: `${what}, also after its restart`, argv: ['firewall-cmd', '--permanent', argument]},
    ];
  });
}

/** In the words in which firewalld lists it. */
const renderRichRule = (port: number, network: string): string =>
  `rule family="${network.includes(':') ? 'ipv6' : 'ipv4'}" source address="${network}" port port="${port}" protocol="tcp" accept`;

/** The check that HAProxy itself makes; warnings count as errors where it knows how. */
export function planValidation(version: string | undefined, file: string): readonly string[] {
  return ['haproxy', ...(isAtLeast(version, 2, 4) ? ['-dW'] : []), '-c', '-f', file];
}

function isAtLeast(version: string | undefined, major: number, minor: number): boolean {
  const [ours = 0, part = 0] = (version ?? '0').split('.').map(Number);
  return ours > major || (ours === major && part >= minor);
}

/** Beside the configuration, so that a rename is enough. */
export const planNewFile = ({config}: Installation): string => `${config}.impala-ha-new`;

/** @param now For its name: every file that was replaced stays. */
export const planBackup = ({config}: Installation, now: Date): string =>
  `${config}.${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}.bak`;
