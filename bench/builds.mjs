// The tool against the manual route: the first build, the second of the same release, one that is there, the next release.
import {openResults, printConditions, printTable, renderMedian, renderRatio} from './measure.mjs';
import {openRoutes} from './routes.mjs';

export const usage =
  'builds [--source sample] [--release 5.7.0] [--next 5.16.2] [--cases first,second,again,next] [--runs 5]\n' +
  '       [--dependencies auto] [--resume <file>] [--work <folder>]';
export const options = {
  source: {type: 'string', default: 'sample'},
  release: {type: 'string', default: '5.7.0'},
  next: {type: 'string', default: '5.16.2'},
  cases: {type: 'string', default: 'first,second,again,next'},
  runs: {type: 'string', default: '5'},
  dependencies: {type: 'string'},
  resume: {type: 'string'},
  work: {type: 'string'},
};

/** Without `first`, the caches are the user's own and hold the release already, or the first round fills them. */
const cases = {
  first: 'first build, caches empty',
  second: 'the same release again, built anew (`--force`)',
  again: 'the same command again, the dist is there',
  next: 'the next release, for the first time',
};

export async function run({source, release, next, runs, dependencies, resume, work, ...values}) {
  const wanted = values.cases.split(',');
  const unknown = wanted.find((name) => !(name in cases));
  if (unknown !== undefined) throw new TypeError(`--cases: ${unknown}; there are ${Object.keys(cases)}`);
  // By the manual route a second build is the first once more: nothing outlives its machine.
  const manualOf = (name) => (name === 'next' ? name : (wanted.find((each) => each !== 'next') ?? name));
  const {results, measure, rounds} = openResults(resume);
  const routes = await openRoutes({
    source,
    ...(work === undefined ? {} : {work}),
    options: dependencies === undefined ? [] : ['--dependencies', dependencies],
  });
  for (let round = 1; round <= Number(runs); round++) {
    const caches = wanted.includes('first') ? `caches-${round}` : undefined;
    const pair = async (name, version, ours) => {
      if (!wanted.includes(name)) return;
      await measure(`${round}/${manualOf(name)}/manual`, () => routes.runManual(version));
      await measure(`${round}/${name}/ours`, ours);
    };
    await pair('first', release, async () => {
      await routes.makeCaches(caches);
      await routes.clear();
      return routes.build(release, [], caches);
    });
    await pair('second', release, () => routes.build(release, ['--force'], caches));
    await pair('again', release, async () => {
      const result = await routes.build(release, [], caches);
      if (result.status !== 'up-to-date') throw new Error(`the same command again: ${result.status}`);
      return result;
    });
    await pair('next', next, () => routes.build(next, ['--force'], caches));
    if (caches !== undefined) await routes.removeCaches(caches);
  }
  const rows = Object.entries(cases)
    .filter(([name]) => wanted.includes(name))
    .map(([name, text]) => {
      const manual = rounds(`${manualOf(name)}/manual`);
      const ours = rounds(`${name}/ours`);
      return [text, renderRatio(ours, manual), renderMedian(ours), renderMedian(manual), ours.length];
    });
  printTable(['build', 'ours / manual', 'ours', 'manual route', 'runs'], rows);
  const steps = ['first', 'second', 'next'].filter((name) => wanted.includes(name));
  const keyOf = (name, way) => `${way === 'manual' ? manualOf(name) : name}/${way}`;
  const phasesOf = (way) => {
    const names = new Set(
      steps.flatMap((name) => rounds(keyOf(name, way)).flatMap(({phases}) => Object.keys(phases))),
    );
    return [...names].map((phase) => [
      phase,
      ...steps.map((name) => renderMedian(rounds(keyOf(name, way)), ({phases}) => phases[phase] ?? 0)),
    ]);
  };
  printTable(['our step', ...steps], phasesOf('ours'));
  printTable(['step of the manual route', ...steps], phasesOf('manual'));
  printConditions(results);
}
