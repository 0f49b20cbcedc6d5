// Joins a run with those who show it and with `setup`. Each is loaded when it is needed.
import type {RunSurroundings} from '../batch/run.ts';

export const runSurroundings: RunSurroundings = {
  openReport: async (...given) => (await import('../report/open-report.ts')).openReport(...given),
  reportRefusal: async (...given) => (await import('../report/junit-file.ts')).writeJunitOfRefusal(...given),
  setUp: async (terminal, {provider, json, offline}) => {
    const {run} = await import('./commands/setup.ts');
    return run(terminal, {provider, json, offline, yes: true});
  },
};
