// Whatever HAProxy counts and whatever its next version adds to `show stat`, its servers are read.
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {
  isChecked,
  isDrained,
  isInMaintenance,
  isUp,
  parseServers,
} from '../../src/impala-ha/runtime-socket.ts';
import {planStatus, renderStatus} from '../../src/impala-ha/read-status.ts';

/** As HAProxy quotes: only what needs it, or anything. */
const encode = (value: string, isQuoted: boolean): string =>
  isQuoted || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;

const known = [
  ...['pxname', 'svname', 'scur', 'stot', 'bin', 'bout', 'status', 'lastchg', 'sid', 'type'],
  ...['check_status', 'check_desc', 'last_chk'],
];
/** Up to 2^64 - 1, and empty where nothing is counted. */
const counter = fc.oneof(
  fc.constant(''),
  fc.nat(9).map(String),
  fc.bigInt({min: 2n ** 31n, max: 2n ** 64n - 1n}).map(String),
);
const name = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,12}$/);
const words = fc.oneof(fc.string(), fc.string({unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', '#')}));
const record = fc.record({
  pxname: name,
  svname: name,
  scur: counter,
  stot: counter,
  bin: counter,
  bout: counter,
  status: fc.constantFrom(
    'UP',
    'UP 1/3',
    'DOWN',
    'DOWN (agent)',
    'MAINT (via a/b)',
    'DRAIN',
    'no check',
    'NOLB',
    '',
  ),
  lastchg: counter,
  sid: fc.nat(99).map(String),
  type: fc.constantFrom('0', '1', '2', '2', '3'),
  check_status: fc.constantFrom('', 'INI', '* L7OK', 'L4TOUT'),
  check_desc: words,
  last_chk: words,
});
type Row = Record<string, string>;

const answer = fc
  .record({
    rows: fc.array(record, {maxLength: 6}),
    // Of a version that is to come; some of their names sound like ours.
    more: fc.uniqueArray(fc.constantFrom('Scur', 'scur_max', 'type_', 'h3_bytes', '', '-', 'svname2'), {
      maxLength: 5,
    }),
    order: fc.array(fc.nat(), {minLength: 20, maxLength: 20}),
    noise: words,
    isQuoted: fc.boolean(),
  })
  .map(({rows: found, more, order, noise, isQuoted}) => {
    const rows: readonly Row[] = found;
    // The first stays the first: the answer is known by it.
    const [first = '', ...others] = [...known, ...more];
    const columns = [
      first,
      ...others
        .map((each, at) => [order[at] ?? 0, each] as const)
        .sort(([one], [two]) => one - two)
        .map(([, each]) => each),
    ];
    const lines = rows.map((row) =>
      [...columns.map((column) => encode(row[column] ?? noise, isQuoted)), ''].join(','),
    );
    // The runtime socket trims its answer.
    return {rows, csv: [`# ${columns.join(',')},`, ...lines].join('\n').trim()};
  });

test('every server is found, with its own words and finite counts', () => {
  fc.assert(
    fc.property(answer, ({rows, csv}) => {
      const servers = parseServers(csv);
      const expected = rows.filter(({type}) => type === '2');
      expect(servers).toHaveLength(expected.length);
      for (const [index, server] of servers.entries()) {
        const row = expected[index] ?? {};
        expect(server).toMatchObject({
          backend: row.pxname,
          server: row.svname,
          status: row.status,
          id: row.sid,
        });
        for (const part of [row.check_desc, row.last_chk])
          for (const word of part?.split(/[\p{Cc}\s]+/u) ?? []) expect(server.reason).toContain(word);
        expect(server.reason).not.toMatch(/\p{Cc}/u);
        expect(server.sessions).toBe(Number(row.scur));
        expect(server.total).toBe(Number(row.stot));
        expect(server.changedS).toBe(Number(row.lastchg));
        const states = [isUp(server), isDrained(server), isInMaintenance(server)].filter(Boolean);
        expect(states.length).toBeLessThanOrEqual(1);
        isChecked(server);
      }
    }),
    {numRuns: 500},
  );
});

test('any text whatever is read without stumbling, and every number of it can be shown', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        words,
        answer.map(({csv}) => csv),
        answer.map(({csv}) => csv.slice(0, csv.length / 2)),
      ),
      (text) => {
        const servers = parseServers(text);
        for (const {sessions, total, changedS} of servers)
          for (const count of [sessions, total, changedS])
            expect(count).toSatisfy((value: number) => Number.isFinite(value) && value >= 0);
        const own = servers.map(({server}) => ({name: server, host: 'h', port: 1}));
        const frontend = {
          kind: 'hs2',
          service: 'impala',
          frontendName: 'f',
          backendName: servers[0]?.backend ?? 'b',
          port: 1,
          balance: 'source',
          isSticky: true,
          timeout: '1h',
          servers: own,
          path: [],
        } as const;
        const shown = renderStatus(planStatus([frontend], servers));
        expect(shown).not.toMatch(/NaN|undefined|null/);
      },
    ),
    {numRuns: 500},
  );
});
