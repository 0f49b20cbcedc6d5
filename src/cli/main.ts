// build-spark, started by bin/build-spark.
import {runProcess} from './process.ts';
import {createProgram} from './program.ts';

await runProcess(createProgram, {
  first: 'stopping; what was booted is destroyed first. Once more leaves it behind.',
  second: 'To destroy what is left, type: build-spark reap',
});
