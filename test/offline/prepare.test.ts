// What is added to a bundle, and in which order its builds are looked at and built.
import {expect, test} from 'vitest';
import type {BuildRow} from '../../src/batch/build-options.ts';
import type {Preflight} from '../../src/batch/preflight.ts';
import {planSample, prepareGroups, refuseR, type Lacking, type Seen} from '../../src/offline/prepare.ts';

const plan = {tag: 't', features: [], deps: 'provided', compileTests: false} as unknown as Lacking['plan'];
const first: readonly BuildRow[] = [{options: {cdh: ['5.7.0']}}];
const second: readonly BuildRow[] = [{options: {cdh: ['5.7.0'], source: 'sample'}}];

function play(look: (rows: readonly BuildRow[], count: number) => readonly Lacking[]) {
  const story: string[] = [];
  const nameOf = (rows: readonly BuildRow[]): string => rows[0]?.options.source ?? 'own';
  const seen = new Map<string, number>();
  const preparing = prepareGroups([first, second], {
    look: (rows): Promise<Seen> => {
      const name = nameOf(rows);
      story.push(`look at ${name}`);
      seen.set(name, (seen.get(name) ?? 0) + 1);
      return Promise.resolve().then(() => ({
        preflight: {name} as unknown as Preflight,
        lacking: look(rows, seen.get(name) ?? 0),
      }));
    },
    build: (rows) => {
      story.push(`build ${nameOf(rows)}`);
      return Promise.resolve(0);
    },
    say: () => undefined,
    signal: new AbortController().signal,
  });
  return {preparing, story};
}

test('the added sample takes machine, limits and network of what was asked, and nothing that says what is built', () => {
  const common = {
    provider: 'lxc',
    memory: 4096,
    proxy: 'http://proxy:3128',
    noProxy: 'a.test',
    mirror: [{id: 'central', url: 'https://m.test'}],
    caCert: ['/ca.pem'],
    timeout: 1,
    silence: 2,
    retry: 3,
  };
  const what = {
    cdh: ['5.13.x'],
    with: ['sparkr'],
    deps: 'bundled',
    smoke: true,
    patch: ['/p'],
    define: ['a=b'],
  };
  const rows = [{options: {...common, ...what}}] as unknown as readonly BuildRow[];
  expect(planSample(rows)).toEqual([[{options: {...common, cdh: ['5.7.0'], source: 'sample'}}]]);
});

test('settings of the operator go along, with what fills them in; a sample that was asked for is not added', () => {
  const rows = [{options: {mavenSettings: '/s.xml', define: ['a=b']}}] as unknown as readonly BuildRow[];
  expect(planSample(rows)[0]?.[0]?.options).toMatchObject({mavenSettings: '/s.xml', define: ['a=b']});
  expect(planSample(second)).toEqual([]);
});

test('all is looked at before anything is built, and looked at again once it was', async () => {
  const {preparing, story} = play((_rows, count) => (count === 1 ? [{plan, lack: 'it lacks'}] : []));
  await preparing;
  expect(story).toEqual([
    'look at own',
    'look at sample',
    ...['build own', 'look at own'],
    ...['build sample', 'look at sample'],
  ]);
});

test('what is wrong with the last is said before the first is built', async () => {
  const {preparing, story} = play((rows) => {
    if (rows === second) throw new Error('no such proxy');
    return [{plan, lack: 'it lacks'}];
  });
  await expect(preparing).rejects.toThrow('no such proxy');
  expect(story).toEqual(['look at own', 'look at sample']);
});

test('what still lacks something after its build is named', async () => {
  const {preparing} = play(() => [{plan: {...plan, buildId: 'x'}, lack: 'it lacks'}]);
  await expect(preparing).rejects.toThrow('x is still not complete: it lacks.');
});

test('builds that need R are refused by name, since no bundle holds it', () => {
  const build = {plan: {...plan, buildId: 'cdh5.7.0-nodeps-R', features: ['sparkr']}} as {
    plan: Lacking['plan'];
  };
  expect(() => refuseR([{plan}, build])).toThrow(
    'A bundle holds no R, which machines of builds with SparkR install: cdh5.7.0-nodeps-R.',
  );
  refuseR([{plan}]);
});
