// What our `mvn` adds to the one call that builds. Pure; none of it changes what is in the dist.
import type {BuildPlan} from './plan.ts';

/** Words for Maven, in passing order; none with `--compile-tests`, which builds as the original script does. */
export function planBuildOptions({
  compileTests,
  machine,
}: Pick<BuildPlan, 'compileTests' | 'machine'>): readonly string[] {
  return compileTests || machine.cpus < 2 ? [] : ['-T', String(machine.cpus)];
}
