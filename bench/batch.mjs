// Six releases: the manual route one after another, the tool with one job and with two.
import {openResults, printConditions, printTable, renderMedian, renderRatio} from './measure.mjs';
import {openRoutes} from './routes.mjs';

export const usage =
  'batch [--source sample] [--releases 5.4.11,5.5.2,5.7.0,5.16.2,6.3.2,spark2-2.4.0-cloudera2] [--runs 2]\n' +
  '      [--manual-runs <as many>] [--resume <file>] [--work <folder>]';
export const options = {
  source: {type: 'string', default: 'sample'},
  releases: {type: 'string', default: '5.4.11,5.5.2,5.7.0,5.16.2,6.3.2,spark2-2.4.0-cloudera2'},
  runs: {type: 'string', default: '2'},
  'manual-runs': {type: 'string'},
  resume: {type: 'string'},
  work: {type: 'string'},
};

export async function run({source, runs, resume, work, ...values}) {
  const releases = values.releases.split(',');
  const manualRuns = Number(values['manual-runs'] ?? runs);
  const {results, measure, rounds} = openResults(resume);
  const routes = await openRoutes({source, ...(work === undefined ? {} : {work})});
  const file = await routes.writeMatrix(releases);
  const caches = 'caches-batch';
  const batch = (jobs) => routes.runOurs(['batch', file, '--jobs', String(jobs), '--force'], {caches});
  // Measured like the others: a batch of which nothing is known yet.
  await measure('0/empty', async () => {
    await routes.makeCaches(caches);
    return batch(2);
  });
  for (let round = 1; round <= Number(runs); round++) {
    await measure(`${round}/jobs-1`, () => batch(1));
    await measure(`${round}/jobs-2`, () => batch(2));
    if (round > manualRuns) continue;
    for (const release of releases)
      await measure(`${round}/manual ${release}`, () => routes.runManual(release));
  }
  const sequences = releases.map((release) => rounds(`manual ${release}`));
  const manual = sequences[0].flatMap((_, round) =>
    sequences.every((results) => results[round] !== undefined)
      ? [{ms: sequences.reduce((sum, results) => sum + results[round].ms, 0)}]
      : [],
  );
  const row = (text, results) => [
    text,
    renderRatio(results, manual),
    renderRatio(rounds('jobs-1'), results),
    renderMedian(results),
    results.length,
  ];
  printTable(
    [`batch of ${releases.length}`, 'of the manual route', 'faster than one job', 'time', 'runs'],
    [
      row('manual route, one after another', manual),
      row('ours, one job', rounds('jobs-1')),
      row('ours, two jobs', rounds('jobs-2')),
      row('ours, two jobs, caches empty', rounds('empty')),
    ],
  );
  printConditions(results);
}
