// The repository of what is compiled too, out of reach: a build is refused, a look goes on without it.
import {expect, test} from 'vitest';
import {findCompiledSources} from '../../src/batch/compiled-sources.ts';
import {projectRoot} from '../../src/core/paths.ts';
import {parseSourceFacts} from '../../src/maven/source-facts.ts';
import {readStandIn} from '../../src/maven/stand-in.ts';
import {poms} from '../maven/poms.ts';
import {makeFolder, makeTools} from '../source/fixtures.ts';

const closed = 'https://127.0.0.1:9/parquet';

async function find(onMissing?: (why: string) => void) {
  const folder = await makeFolder();
  const asked = {
    mode: 'apache',
    facts: parseSourceFacts(poms('com.cloudera.cdh:cdh-root:5.13.3', '2.4.0.cloudera2')),
    standIn: await readStandIn(projectRoot),
    request: {parquetSource: closed},
    cwd: folder,
  } as const;
  return findCompiledSources(makeTools(folder), asked, {}, new Map(), onMissing);
}

test('a build is refused with the option that names a copy', async () => {
  await expect(find()).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringContaining(closed) as string,
    hint: expect.stringContaining('`--parquet-source <path>`') as string,
  });
});

test('who only looks is told what is left out', async () => {
  const told: string[] = [];
  expect(await find((why) => told.push(why))).toEqual(new Map());
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    /cannot be reached.*; parquet-cdh5, which is compiled from it, is not in the plan\..*--parquet-source/s,
  );
});
