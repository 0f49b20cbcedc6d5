// What this host gives a build, and how many machines at once; all that is wrong with it in one list.
import {availableParallelism} from 'node:os';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {chooseJobs, prepareHost, type HostChoice} from '../../src/batch/host-choice.ts';
import {parseRequest, type BuildRequestInput} from '../../src/recipe/build-request.ts';
import {openDesk} from './desk.ts';

const cores = availableParallelism();
const gib = 1024 ** 3;

async function prepare(input: Partial<BuildRequestInput>, boots = true): Promise<HostChoice> {
  const {session, output} = await openDesk();
  const request = parseRequest({cdh: ['5.7.0'], output, provider: 'fake', memoryMib: 1024, ...input});
  return prepareHost(await session(), [request], boots);
}

test('a machine that is larger than this host is refused, memory and cores at once; a plan refuses neither', async () => {
  const tooLarge = {memoryMib: 10_000_000, cpus: cores + 1};
  await expect(prepare(tooLarge)).rejects.toThrow(/10000000 MiB does not fit[^]*cores does not fit/);
  expect(await prepare(tooLarge, false)).toMatchObject({machine: {provider: 'fake'}, cores});
});

test('of several builds the largest machine counts', async () => {
  const {session, output} = await openDesk();
  const requests = [1024, 10_000_000].map((memoryMib) =>
    parseRequest({cdh: ['5.7.0'], output, provider: 'fake', memoryMib}),
  );
  await expect(prepareHost(await session(), requests, true)).rejects.toThrow('10000000 MiB');
});

test('a certificate that cannot be read, or is none, is refused for a plan too', async () => {
  const {folder} = await openDesk();
  const file = join(folder, 'ca.pem');
  await writeFile(file, 'not one');
  for (const boots of [true, false]) {
    await expect(prepare({caCertificates: [join(folder, 'no.pem'), file]}, boots)).rejects.toThrow(
      /no\.pem[^]*ca\.pem: it holds no certificate/,
    );
  }
});

test('an output that cannot be written is found before anything is built', async () => {
  const {folder} = await openDesk();
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(prepare({output: join(file, 'out')})).rejects.toThrow(join(file, 'out'));
});

test('machines at once: by the memory and cores of the host, or as asked when they fit', async () => {
  const choice = await prepare({});
  const host = {...choice.host, memoryBytes: 9 * gib};
  const machines = [3072, 3072, 3072].map((memoryMib) => ({memoryMib}));
  expect(await chooseJobs({...choice, host}, machines, 2)).toMatchObject({
    jobs: 2,
    maxMemoryMib: 8192 - 3072,
  });
  await expect(chooseJobs({...choice, host}, machines, 3)).rejects.toThrow(/8192 MiB for them: 2 fit/);
  const chosen = await chooseJobs(
    {...choice, host, cores: 2},
    [{memoryMib: 1, cpus: 2}, {memoryMib: 1}],
    undefined,
  );
  expect(chosen).toMatchObject({jobs: 1, reason: '2 cores'});
});
