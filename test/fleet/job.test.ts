import {hostname} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {createExec} from '../../src/core/exec.ts';
import {makeJobs, groupBuilds} from '../../src/fleet/enqueue.ts';
import {planElsewhere} from '../../src/batch/plan-elsewhere.ts';
import {refuseOtherTool} from '../../src/fleet/compatibility.ts';
import {isPlaceOf, jobSchema, renderJobId, resultSchema, toPlain} from '../../src/fleet/job.ts';
import {planRow} from '../../src/fleet/job-rows.ts';
import {readRequest} from '../../src/batch/build-options.ts';
import {runOnQueue} from '../../src/fleet/coordinate.ts';
import {runSchema} from '../../src/fleet/records.ts';
import {openDesk} from '../batch/desk.ts';
import {makeBuild, makeJob, makeRecord, makeResult} from './fakes.ts';

const tool = {version: '1', puppet: 'a'.repeat(64), hiera: 'b'.repeat(64)};

test('the same place is the same job, whoever adds it; another host or folder is another', () => {
  const id = renderJobId('host', '/out', ['dist-a', 'dist-b']);
  expect(id).toBe(renderJobId('host', '/out', ['dist-a', 'dist-b']));
  expect(renderJobId('host', '/out', ['dist-a'])).not.toBe(id);
  expect(renderJobId('host', '/other', ['dist-a', 'dist-b'])).not.toBe(id);
  expect(renderJobId('other', '/out', ['dist-a', 'dist-b'])).not.toBe(id);
  expect(id).not.toContain(':'); // BullMQ refuses it.
});

async function planSample(more: Parameters<Awaited<ReturnType<typeof openDesk>>['options']>[0] = {}) {
  const desk = await openDesk();
  const options = desk.options(more);
  const planned = await planElsewhere(await desk.session(), [{options}], () => undefined);
  return {desk, planned};
}

test('what travels is plain data; of the coordinator’s host it has nothing, and back on a worker it is the same request', async () => {
  const {planned, desk} = await planSample({label: 'x', caCert: [], noProxy: 'intern.example.com'});
  const [job] = await makeJobs(planned, tool, undefined);
  expect(jobSchema.parse(toPlain(job!.data))).toEqual(job!.data);
  const text = JSON.stringify(job!.data);
  expect(text).not.toContain(desk.folder);
  expect(text).not.toContain('intern.example.com');
  expect(job!.id).toBe(renderJobId(hostname(), desk.output, ['dist-cdh5.7.0-nodeps-x']));
  const [build] = job!.data.builds;
  const {options, pinned} = planRow(
    build!,
    {proxy: 'http://worker:3128'},
    {output: '/there', patches: ['/p/1.diff']},
  );
  const request = readRequest(options, '/');
  expect(request).toMatchObject({
    label: 'x',
    output: '/there',
    patches: ['/p/1.diff'],
    proxy: 'http://worker:3128',
  });
  expect(request).toMatchObject({memoryMib: 2048, cpus: 1, source: 'sample', features: ['thriftserver']});
  expect(pinned).toMatchObject({tag: 'cdh5.7.0-release', commit: planned.builds[0]!.plan.commit});
});

test('a job that would hold a secret is refused', async () => {
  const {planned} = await planSample({define: ['my.password=hunter22']});
  await expect(makeJobs(planned, tool, undefined)).rejects.toThrow('would hold a password or token');
});

test('variants that share modules are one job; the sample shares nothing, nor does a forced build', async () => {
  const {planned} = await planSample();
  const [one] = planned.wanted;
  const withModules = {
    ...one!,
    draft: {
      ...one!.draft,
      candidate: {
        ...one!.draft.candidate,
        sourceFacts: {...one!.draft.candidate.sourceFacts, plainModules: ['core']},
      },
    },
  };
  const bundled = {
    ...withModules,
    draft: {
      ...withModules.draft,
      plan: {
        ...withModules.draft.plan,
        buildId: 'other',
        arguments: [...withModules.draft.plan.arguments, '-Phive-provided'],
      },
    },
  };
  expect(groupBuilds([withModules, bundled])).toHaveLength(1);
  expect(
    groupBuilds([one!, {...one!, draft: {...one!.draft, plan: {...one!.draft.plan, buildId: 'other'}}}]),
  ).toHaveLength(2);
  const forced = {...bundled, draft: {...bundled.draft, request: {...bundled.draft.request, force: true}}};
  expect(groupBuilds([withModules, forced])).toHaveLength(2);
});

test('a worker of another version, or with other Puppet code, says which', () => {
  expect(refuseOtherTool(tool, tool)).toBeUndefined();
  expect(refuseOtherTool(tool, {...tool, version: '2'})).toBe('it is build-spark 2, and the job is of 1');
  expect(refuseOtherTool(tool, {...tool, puppet: 'c'.repeat(64)})).toContain('other Puppet code');
  expect(refuseOtherTool(tool, {...tool, hiera: 'c'.repeat(64)})).toContain('other Puppet data');
});

test('an address that ssh would take for an option is no worker', () => {
  const identity = {host: 'h', pid: 1, startedAt: 'x'};
  const result = (address: string) => ({worker: {name: 'w', address, identity}, builds: []});
  expect(resultSchema.safeParse(result('builder@host-1.example.com:2222')).success).toBe(true);
  for (const address of ['-oProxyCommand=x', '-oProxyCommand@h', '.me@h', 'a b', 'user@-x', 'h;x', ''])
    expect(resultSchema.safeParse(result(address)).success, address).toBe(false);
});

test('a build’s id from the queue names a folder, wherever it stands', async () => {
  const result = await makeResult('/state', 'job', makeJob());
  const [built] = result.builds;
  for (const buildId of ['../../etc', 'a/b', '..', '.ssh', '', 'a\0b', 'a\nb']) {
    expect(jobSchema.safeParse(makeJob({buildId})).success, buildId).toBe(false);
    expect(resultSchema.safeParse({...result, builds: [{...built, buildId}]}).success, buildId).toBe(false);
    const record = makeRecord('/out', 'job', {builds: [{buildId, jobId: 'job'}]});
    expect(runSchema.safeParse(record).success, buildId).toBe(false);
  }
  expect(jobSchema.safeParse(makeJob()).success).toBe(true);
  expect(resultSchema.safeParse(result).success).toBe(true);
  expect(runSchema.safeParse(makeRecord('/out', 'job')).success).toBe(true);
});

test('a dist and a log are where a worker has those of this very job', () => {
  const build = makeBuild();
  const folder = '0123456789abcdef';
  const there = (dist: string, log = '/s/build-spark/logs/cdh5.7.0') => ({
    ...{buildId: build.buildId, status: 'built' as const, durationMs: 1},
    ...{dist, log},
  });
  const own = `/s/build-spark/fleet/${folder}/dists/dist-cdh5.7.0`;
  expect(isPlaceOf(there(own), build, folder)).toBe(true);
  expect(isPlaceOf(there('/home/me/.ssh'), build, folder)).toBe(false);
  expect(isPlaceOf(there('/s/build-spark/fleet/fedcba9876543210/dists/dist-cdh5.7.0'), build, folder)).toBe(
    false,
  );
  expect(isPlaceOf(there(own, '/home/me/.ssh'), build, folder)).toBe(false);
});

test('key and packing stay here: no worker signs with a file of its own at that path, nor packs what is fetched', async () => {
  const {planned, desk} = await planSample({tar: true});
  const wanted = planned.wanted.map((each) => ({
    ...each,
    draft: {
      ...each.draft,
      request: {...each.draft.request, sign: '/home/me/key'},
      plan: {...each.draft.plan, sign: '/home/me/key'},
    },
  }));
  const [job] = await makeJobs({...planned, wanted}, tool, undefined);
  expect(JSON.stringify(job!.data)).not.toMatch(/\/home\/me\/key|"tar"|"sign"/);
  expect([...job!.keys]).toEqual([[job!.data.builds[0]!.buildId, '/home/me/key']]);
  const {options} = planRow(job!.data.builds[0]!, {}, {output: '/there', patches: []});
  const request = readRequest(options, '/');
  expect([request.tar, request.sign]).toEqual([false, undefined]);
  expect(desk.said()).toBe('');
});

test('--sign with --publish is refused on a queue: a worker would send it unsigned', async () => {
  const desk = await openDesk();
  const key = join(desk.folder, 'key');
  await createExec(process.env)(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const options = {...desk.options({sign: key, publish: 'me@host:/dists'}), queue: 'redis://127.0.0.1:1'};
  const surroundings = {openReport: unused, reportRefusal: unused, setUp: unused};
  const readRun = () => Promise.resolve({rows: [{options}], options});
  await expect(runOnQueue(desk.terminal, options, new Set(), readRun, surroundings)).rejects.toThrow(
    '--sign and --publish do not go together on a queue',
  );
});

const unused = (): Promise<never> => Promise.reject(new Error('not asked for'));
