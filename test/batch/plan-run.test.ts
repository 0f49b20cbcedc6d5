// What a run does, from what was found out, without a host, a source or a disk.
import {expect, test} from 'vitest';
import type {Draft} from '../../src/batch/drafts.ts';
import type {HostChoice} from '../../src/batch/host-choice.ts';
import {findConflicts, planBuilds, sortDrafts, type RunFacts} from '../../src/batch/plan-run.ts';
import type {TargetState} from '../../src/distribution/publish.ts';
import {planBuild} from '../../src/recipe/build-plan.ts';
import {parseRequest, type BuildRequest} from '../../src/recipe/build-request.ts';
import {facts} from '../recipe/facts.ts';

function draftOf(more: Partial<BuildRequest> = {}): Draft {
  const request = parseRequest({cdh: ['5.7.0'], output: '/out', ...more});
  return {
    plan: planBuild(facts, request, 'none'),
    request,
    candidate: {facts, sourceFacts: {plainModules: ['core']}, warnings: []},
    dependencyPlan: {bridges: [], edits: [], compiled: []},
  } as unknown as Draft;
}

const same = {status: 'same', extra: []} as unknown as TargetState;
const different = {status: 'different', difference: 'has other patches'} as unknown as TargetState;
const host = {
  ...{machine: {provider: 'lxc', box: {name: 'debian'}}, cores: 8, caCertificates: {ours: 'PEM'}},
  ...{box: {name: 'debian', verified: true}, boxContent: 'debian@1'},
} as unknown as HostChoice;
const run = (states: RunFacts['states'] = new Map()): RunFacts => ({
  source: {type: 'sample', name: 'sample', slug: ''},
  ...{host, states, guestProxy: undefined},
  targets: {guest: {puppet: 'p', hiera: 'h'}, standIn: {}} as unknown as RunFacts['targets'],
});

test('a dist that is there is not built again, unless that is asked for; a plan tells of all', () => {
  const draft = draftOf();
  const forced = draftOf({force: true});
  const states = new Map([draft, forced].map((each) => [each, same] as const));
  expect(sortDrafts([draft, forced], states, true)).toEqual({
    missing: [forced],
    upToDate: [
      {
        ...{plan: draft.plan, target: same},
        command: 'build-spark --cdh 5.7.0 --with thriftserver --deps provided --output /out',
      },
    ],
  });
  expect(sortDrafts([draft, forced], states, false)).toEqual({missing: [draft, forced], upToDate: []});
});

test('only a dist that was made otherwise is in the way, and not of whom insists', () => {
  const draft = draftOf();
  expect(findConflicts(new Map([[draft, same]]))).toEqual([]);
  expect(findConflicts(new Map([[draftOf({force: true}), different]]))).toEqual([]);
  const [problem] = findConflicts(new Map([[draft, different]]));
  expect(problem?.message).toMatch(/^\/out\/dist-.* has other patches/);
});

test('a host gives what the plan leaves open: provider, box, cores; what the plan asks for stands', () => {
  const free = draftOf({label: 'a'});
  const tight = draftOf({label: 'b', memoryMib: 2048, cpus: 2, box: '/boxes/own', boxChecksum: undefined});
  const builds = planBuilds(
    [free, tight].map((draft) => ({draft, domain: 'd'})),
    run(),
  );
  expect(builds.map(({machineChoice}) => machineChoice)).toEqual([
    {provider: 'lxc', box: {name: 'debian'}, memoryMib: free.plan.machine.memoryMib, cpus: 8},
    {provider: 'lxc', box: {name: 'debian'}, memoryMib: 2048, cpus: 2},
  ]);
  expect(tight.plan.machine.box).toBe('/boxes/own');
  expect(builds[0]).toMatchObject({target: {status: 'free'}, replace: false, domain: 'd'});
  expect(builds[0]?.provision).toMatchObject({withR: false, caCertificates: {ours: 'PEM'}});
});

test('an emulated machine gets one core: with more, its JVMs stand still; who asks for more gets it', () => {
  const machine = {...host.machine, provider: 'libvirt', isEmulated: true};
  const builds = planBuilds(
    [draftOf(), draftOf({cpus: 2})].map((draft) => ({draft, domain: 'd'})),
    {...run(), host: {...host, machine} as unknown as HostChoice},
  );
  expect(builds.map(({machineChoice}) => machineChoice.cpus)).toEqual([1, 2]);
});

test('two variants of one release share modules, a forced one does not', () => {
  const drafts = [draftOf(), draftOf({deps: 'bundled'}), draftOf({label: 'x', force: true})];
  const builds = planBuilds(
    drafts.map((draft) => ({draft, domain: 'd'})),
    run(),
  );
  expect(builds.map(({modules}) => modules?.keeps)).toEqual([true, true, undefined]);
  expect(builds[0]?.modules?.name).toBe(builds[1]?.modules?.name);
});
