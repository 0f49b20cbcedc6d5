// impala-ha, started by bin/impala-ha.
import {createHaProgram} from '../impala-ha/program.ts';
import {runProcess} from './process.ts';

await runProcess(createHaProgram, {
  first: 'stopping, and putting back what was changed for a while. Once more leaves it as it is.',
  second: 'What may still be stopped or drained is shown by: impala-ha status --spec <file>',
});
