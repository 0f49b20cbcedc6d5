// build-spark, started by bin/build-spark.
import {runProcess} from './process.ts';
import {createProgram} from './program.ts';

await runProcess(createProgram, {
  first: 'stopping, and destroying the machine. Once more leaves it behind.',
  second: 'To destroy what is left, type: build-spark reap',
});
