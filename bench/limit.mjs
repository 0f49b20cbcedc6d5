// The tool against the limit: the bare script in a machine that is up, provisioned, and has every artifact.
import {openResults, printConditions, printTable, renderMedian, renderRow} from './measure.mjs';
import {openRoutes} from './routes.mjs';

export const usage =
  'limit [--source sample] [--release 5.7.0] [--runs 5] [--dependencies auto] [--resume <file>] [--work <folder>]';
export const options = {
  source: {type: 'string', default: 'sample'},
  release: {type: 'string', default: '5.7.0'},
  runs: {type: 'string', default: '5'},
  dependencies: {type: 'string'},
  resume: {type: 'string'},
  work: {type: 'string'},
};

export async function run({source, release, runs, dependencies, resume, work}) {
  const {results, measure, rounds} = openResults(resume);
  const routes = await openRoutes({
    source,
    ...(work === undefined ? {} : {work}),
    options: dependencies === undefined ? [] : ['--dependencies', dependencies],
  });
  const names = Array.from({length: Number(runs)}, (_, index) => String(index + 1));
  const isMissing = names.some(
    (round) => !results[`${round}/bare`] || !results[`${round}/same`] || !results[`${round}/ours`],
  );
  if (isMissing) {
    await measure('0/warm-up', () => routes.build(release, ['--force'])); // fills the caches
    // One machine with the script as the article calls it, one with the words that we give it.
    const bare = await routes.startManual(release);
    await bare.built;
    const same = await routes.startManual(release, {isOurCall: true});
    await same.built;
    for (const round of names) {
      await measure(`${round}/bare`, () => bare.again());
      await measure(`${round}/ours`, () => routes.build(release, ['--force']));
      await measure(`${round}/same`, () => same.again());
    }
    await bare.end();
    await same.end();
  }
  const [bare, same, ours] = ['bare', 'same', 'ours'].map(rounds);
  const script = ({phases}) => phases['Make distribution'];
  const inside = ours.map((result) => ({ms: script(result)}));
  const around = ours.map((result) => ({ms: result.ms - script(result)}));
  printTable(
    ['', 'of the bare script', 'time', 'runs'],
    [
      ['the bare script, as the article calls it', '1', renderMedian(bare), bare.length],
      renderRow('the bare script with our arguments', same, bare),
      renderRow('the script in our build ("Make distribution")', inside, bare),
      renderRow('all that we do around it', around, bare),
      renderRow('our whole build', ours, bare),
    ],
  );
  const steps = [...new Set(ours.flatMap(({phases}) => Object.keys(phases)))];
  const known = ({ms, phases}) => ms - Object.values(phases).reduce((sum, each) => sum + each, 0);
  printTable(
    ['our step', 'time'],
    [
      ...steps.map((step) => [step, renderMedian(ours, ({phases}) => phases[step] ?? 0)]),
      ['before and after the steps', renderMedian(ours, known)],
    ],
  );
  printConditions(results);
}
