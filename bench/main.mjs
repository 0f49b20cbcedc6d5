// `npm run bench`: which measurements there are, and runs one. Times nothing itself.
import process from 'node:process';
import {parseArgs} from 'node:util';

const benches = {
  builds: 'the manual route and ours: first build, second, next release',
  batch: 'six releases: the manual route, ours with one job and with two',
  limit: 'the bare script in a machine that is ready, and what we add to it',
  peer: 'packer with its lxc builder doing the same job',
  page: 'report of a thousand builds: size, time to write, load and scroll',
  small: '--help, an answer without a build, memory while 100 MB are printed',
};

/** Exit code 2, as everywhere. */
async function refuse(message) {
  if (message !== undefined) process.stderr.write(`error: ${message}\n`);
  process.stderr.write('usage: npm run bench -- <name> [options]\n');
  for (const [name, what] of Object.entries(benches)) {
    const {usage} = await import(`./${name}.mjs`);
    process.stderr.write(`\n${name}: ${what}\n  ${usage.replaceAll('\n', '\n  ')}\n`);
  }
  process.stderr.write('\nha: what docs/ha-evidence.md says of a proxy, on loopback\n  ha [--rate 8]\n');
  process.stderr.write(
    '\n--resume <file> keeps each result as soon as it is there; the same command goes on where it ended.\n',
  );
  process.exit(message === undefined ? 0 : 2);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

const [name, ...words] = process.argv.slice(2);
if (name === undefined || name === '--help') await refuse();
else if (name === 'ha') {
  process.argv.splice(2, 1); // it reads its own
  await import('./ha-tables.mjs');
} else if (!Object.hasOwn(benches, name)) await refuse(`there is no bench ${name}`);
else {
  const bench = await import(`./${name}.mjs`);
  const values = await Promise.resolve()
    .then(() => parseArgs({args: words, options: bench.options}).values)
    .catch((error) => refuse(error.message));
  const numbers = ['runs', 'megabytes', 'builds'].filter(
    (each) => each in values && !/^[1-9]\d*$/.test(values[each]),
  );
  if (numbers.length > 0) await refuse(`--${numbers[0]} is no number above 0`);
  process.exitCode = await bench.run(values).then(
    () => 0,
    (error) => {
      process.stderr.write(`${error instanceof TypeError ? `error: ${error.message}` : error.stack}\n`);
      return 1;
    },
  );
}
