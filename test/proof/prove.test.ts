// A dist with its list of contents and its provenance, as others read them.
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {Version} from '@cyclonedx/cyclonedx-library/Spec';
import {JsonStrictValidator} from '@cyclonedx/cyclonedx-library/Validation';
import {expect, test} from 'vitest';
import {verifyDist} from '../../src/distribution/verify-dist.ts';
import {proveDist} from '../../src/proof/prove.ts';
import {statementSchema} from '../../src/proof/provenance.ts';
import {renderSbom} from '../../src/proof/sbom.ts';
import {assembly, failures, libFacts, makeFolder, writeLibDist} from '../distribution/fake-dist.ts';

const resolved = [
  `artifact\torg.datanucleus\tdatanucleus-core\tjar\t\t3.2.10\t${'a'.repeat(64)}\tApache-2.0\t`,
  'member\tx:y:1\torg.datanucleus:datanucleus-core:jar::3.2.10\tcompile',
].join('\n');

async function makeProven(facts = libFacts): Promise<string> {
  const dir = await makeFolder();
  await writeLibDist(dir);
  await proveDist(dir, facts, {resolved});
  return dir;
}

async function readJson(dir: string, name: string): Promise<Record<string, never>> {
  return JSON.parse(await readFile(join(dir, name), 'utf8')) as Record<string, never>;
}

test('the list is valid CycloneDX, names each jar, the commit and each patch', async () => {
  const dir = await makeProven();
  const text = await readFile(join(dir, 'sbom.cdx.json'), 'utf8');
  expect(await new JsonStrictValidator(Version.v1dot6).validate(text)).toBeNull();
  expect(JSON.parse(text)).toMatchObject({
    metadata: {
      component: {
        version: '1.6.0-cdh5.7.0',
        pedigree: {
          commits: [{uid: libFacts.commit, url: libFacts.source}],
          patches: [
            {type: 'unofficial', resolves: [{name: 'undelete.patch'}]},
            {resolves: [{name: 'paho', description: `sha256 ${'a'.repeat(64)}`}]},
          ],
        },
      },
    },
    components: expect.arrayContaining([
      expect.objectContaining({'bom-ref': assembly, hashes: [{alg: 'SHA-256', content: expect.any(String)}]}),
    ]),
  });
});

test('one artifact whose pom.properties is in a jar twice has one name, and no other is made up', async () => {
  const origin = {path: 'lib/a.jar', sha256: 'a'.repeat(64), by: 'name'} as const;
  const artifact = {group: 'g', name: 'n', version: '1', type: 'jar', licences: [], classes: new Map()};
  const packed = [artifact, {...artifact}, {...artifact, version: '2'}].map((each) => ({
    ...({artifact: each, how: 'named'} as const),
  }));
  const [text, again] = [1, 2].map(() => renderSbom(libFacts, [{...origin, packed}]));
  const refs = [...text!.matchAll(/"bom-ref": "(.*)"/g)].map(([, ref]) => ref);
  expect(refs).toEqual(['dist', 'lib/a.jar', 'lib/a.jar#pkg:maven/g/n@1', 'lib/a.jar#pkg:maven/g/n@2']);
  expect(again).toBe(text);
  expect(await new JsonStrictValidator(Version.v1dot6).validate(text!)).toBeNull();
});

test('the statement names every file with its hash, the source, the packages and what Maven resolved', async () => {
  const dir = await makeProven();
  const statement = statementSchema.parse(await readJson(dir, 'provenance.intoto.json'));
  const manifest = await readJson(dir, 'manifest.json');
  expect(statement.subject).toHaveLength((manifest.files as unknown as unknown[]).length + 1);
  expect(statement.subject.map(({name}) => name)).toEqual(
    expect.arrayContaining(['manifest.json', 'sbom.cdx.json', assembly]),
  );
  expect(statement.predicate.buildDefinition).toMatchObject({
    externalParameters: {ref: 'cdh5.7.0-release', deps: 'provided', reproducible: false},
    resolvedDependencies: expect.arrayContaining([
      expect.objectContaining({name: 'source', digest: {gitCommit: libFacts.commit}}),
      expect.objectContaining({name: 'package git'}),
      expect.objectContaining({
        uri: 'pkg:maven/org.datanucleus/datanucleus-core@3.2.10',
        digest: {sha256: 'a'.repeat(64)},
      }),
    ]),
  });
});

test('verify takes both, and names one that was changed, that is gone, and a name that is not ours', async () => {
  const dir = await makeProven();
  expect(failures(await verifyDist(dir))).toEqual([]);
  const path = join(dir, 'provenance.intoto.json');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('cdh5.7.0-release', 'cdh5.7.1-release'));
  expect(failures(await verifyDist(dir))).toEqual([
    'sums: provenance.intoto.json was changed after it was written',
  ]);
  await writeFile(path, text);
  await writeFile(join(dir, 'provenance.json'), text);
  expect(failures(await verifyDist(dir))).toEqual(['nothing-extra: provenance.json is not in the manifest']);
});

test('with the commit’s date the list has no time of its own', async () => {
  const epoch = {...libFacts, sourceDateEpoch: 1_457_308_800};
  const one = await makeProven(epoch);
  const other = await makeProven({...epoch, finishedAt: '2026-11-28T01:00:00.000Z'});
  const [text, again] = await Promise.all(
    [one, other].map((dir) => readFile(join(dir, 'sbom.cdx.json'), 'utf8')),
  );
  expect(text).toContain('2016-03-07T00:00:00.000Z');
  // The jars that are written here have times of their own.
  const strip = (each = ''): string => each.replaceAll(/[0-9a-f]{64}|urn:uuid:[0-9a-f-]+/g, '');
  expect(strip(again)).toBe(strip(text));
});
