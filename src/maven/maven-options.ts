// What our `mvn` adds to the one call that builds. Pure; none of it changes what is in the dist.

/** Words for Maven, in passing order; none with `--compile-tests`, which builds as the original script does. */
export function planBuildOptions({
  compileTests,
  machine,
}: {
  readonly compileTests: boolean;
  readonly machine: {readonly cpus: number};
}): readonly string[] {
  return compileTests || machine.cpus < 2 ? [] : ['-T', String(machine.cpus)];
}
