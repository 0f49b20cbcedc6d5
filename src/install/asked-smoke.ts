// From what was asked of `smoke` to its request, checked.
import {UsageError} from '../core/errors.ts';
import {runChecks, throwInOrder} from '../core/problems.ts';
import type {Terminal} from '../core/terminal.ts';
import {readInstallRequest} from './asked-install.ts';
import type {Layout} from './node-settings.ts';
import type {SmokeRequest} from './smoke-node.ts';

export interface AskedSmoke {
  readonly layout: Layout;
  readonly parcels: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly bindHost?: string | undefined;
  readonly keytab?: string | undefined;
  readonly principal?: string | undefined;
  readonly database?: string | undefined;
  readonly askPassword?: boolean | undefined;
}

/** Of Hive's words for a database, those that need no quotes anywhere. */
function checkDatabase(name: string): string {
  if (/^\w+$/.test(name)) return name;
  throw new UsageError(
    `${JSON.stringify(name)} is not the name of a database.`,
    'Give one of letters, digits and _ that is there, such as --database scratch',
  );
}

/** @param dist Its folder; it need not be there. @throws All that is wrong with it at once. */
export function readSmokeRequest(dist: string, asked: AskedSmoke, terminal: Terminal): SmokeRequest {
  const {layout, parcels, port, user, bindHost, keytab, principal, database, askPassword} = asked;
  throwInOrder(runChecks([() => database === undefined || checkDatabase(database)]));
  const install = readInstallRequest(
    dist,
    {
      ...{layout, parcels, bindHost, keytab, principal, askPassword},
      ...{role: 'thriftserver', port: port ?? 10_015, user: user ?? 'hive'},
    },
    terminal,
  );
  const typed = Object.fromEntries(
    Object.entries({port, user, bindHost, keytab, principal}).filter(([, value]) => value !== undefined),
  );
  return {install, typed, database};
}
