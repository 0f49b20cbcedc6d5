// What our `mvn` adds to the one call that builds. Pure; none of it changes what is in the dist.

/** Words for Maven, in passing order; none with `--compile-tests`, which builds as the original script does. */
export function planBuildOptions(
  {compileTests}: {readonly compileTests: boolean},
  {cpus}: {readonly cpus: number},
): readonly string[] {
  return compileTests || cpus < 2 ? [] : ['-T', String(cpus)];
}
