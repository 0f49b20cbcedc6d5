// What HAProxy says of the daemons of a spec, for people and scripts. Pure.
import stringWidth from 'string-width';
import {renderTable} from '../core/table.ts';
import type {Frontend} from './frontends.ts';
import {isUp, type ServerState} from './runtime-socket.ts';

export interface StatusRow {
  readonly frontend: string;
  readonly port: number;
  readonly server: string;
  /** HAProxy's word, or `unknown` when it runs with another configuration. */
  readonly status: string;
  readonly isUp: boolean;
  /** Connections now, and since HAProxy was started or loaded its configuration. */
  readonly sessions: number;
  readonly total: number;
  readonly changedS: number;
  readonly reason: string;
}

export function planStatus(
  frontends: readonly Frontend[],
  servers: readonly ServerState[],
): readonly StatusRow[] {
  return frontends.flatMap(({kind, port, backendName, servers: own}) =>
    own.map(({name}) => {
      const found = servers.find(({backend, server}) => backend === backendName && server === name);
      const shared = {frontend: kind, port, server: name};
      if (found === undefined)
        return {
          ...shared,
          status: 'unknown',
          isUp: false,
          sessions: 0,
          total: 0,
          changedS: 0,
          reason: 'HAProxy runs with another configuration',
        };
      const {status, sessions, total, changedS, check, reason} = found;
      return {
        ...shared,
        status,
        isUp: isUp(found),
        sessions,
        total,
        changedS,
        reason: [check, reason].filter((word) => word !== '').join(': '),
      };
    }),
  );
}

export function renderStatus(rows: readonly StatusRow[]): string {
  return renderHeadedTable(
    ['frontend', 'port', 'server', 'status', 'now', 'total', 'since', 'last check'],
    rows.map((row) => [
      row.frontend,
      String(row.port),
      row.server,
      row.status,
      String(row.sessions),
      String(row.total),
      renderAge(row.changedS),
      row.reason,
    ]),
  );
}

/** `42s`, `12m`, `5h`, `3d`. */
function renderAge(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

/** Under headings; columns of numbers stand at the right. */
export function renderHeadedTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const right = [...headings.keys()].filter((column) =>
    rows.every((row) => /^[\d.,]*$/.test(row[column] ?? '')),
  );
  return renderTable([headings, ...rows], {right, measure: stringWidth})
    .map((line) => `${line}\n`)
    .join('');
}
