// From what was asked of `install` to its request, checked, and to the way to its hosts. Changes nothing.
import {basename} from 'node:path';
import {createAsk} from '../core/ask.ts';
import {UsageError} from '../core/errors.ts';
import {createExec} from '../core/exec.ts';
import {runChecks, throwInOrder} from '../core/problems.ts';
import type {Terminal} from '../core/terminal.ts';
import {openHost} from '../remote/open-host.ts';
import type {InstallTools} from './install.ts';
import {
  checkBindHost,
  checkFolder,
  checkKeytab,
  checkName,
  checkPrincipal,
  checkUser,
  nodePaths,
  type InstallRequest,
} from './node-settings.ts';

export interface AskedInstall extends Pick<
  InstallRequest,
  'layout' | 'role' | 'port' | 'user' | 'parcels' | 'keytab' | 'principal'
> {
  readonly bindHost?: string | undefined;
  readonly forceVersion?: boolean | undefined;
  readonly askPassword?: boolean | undefined;
  readonly offline?: boolean | undefined;
}

/** @param dist Its folder. @throws All that is wrong with it at once. */
export function readInstallRequest(dist: string, asked: AskedInstall, terminal: Terminal): InstallRequest {
  const {bindHost, askPassword = false, forceVersion = false, keytab, principal} = asked;
  const parcels = asked.parcels.replace(/\/+$/, '');
  throwInOrder(
    runChecks([
      () => checkName(basename(dist)),
      () => checkUser(asked.user),
      () => bindHost === undefined || checkBindHost(bindHost),
      () => checkFolder(parcels),
      () => {
        if (asked.role === 'gateway' && asked.layout === 'recipe')
          throw new UsageError(
            '--layout recipe installs the files of the Thriftserver alone, of which a gateway needs none.',
            'Leave --layout out: --role gateway',
          );
      },
      () => keytab === undefined || checkKeytab(keytab),
      () => principal === undefined || checkPrincipal(principal),
      () => {
        if (askPassword && createAsk(terminal) === undefined)
          throw new UsageError(
            '--ask-password needs a terminal.',
            'Use a key or an agent where nobody can be asked.',
          );
      },
    ]),
  );
  const {layout, role, port, user} = asked;
  const name = basename(dist);
  return {
    name,
    layout,
    role,
    port,
    user,
    bindHost,
    parcels,
    keytab,
    principal,
    forceVersion,
    paths: nodePaths,
  };
}

/** How the hosts of an install are reached. */
export function createOpener(
  terminal: Terminal,
  {
    askPassword: mayAskPassword = false,
    offline: isOffline = false,
  }: Pick<AskedInstall, 'askPassword' | 'offline'>,
): InstallTools['open'] {
  const {env, home, signal} = terminal;
  const exec = createExec(env);
  const ask = createAsk(terminal);
  return async (target) => {
    if (isOffline && target !== 'localhost')
      throw new UsageError(
        `With --offline no connection is opened, and ${target} is another host.`,
        'Leave --offline out, or install on this host: --host localhost',
      );
    return openHost(target, {exec, env, home, signal, mayAskPassword, ask});
  };
}
