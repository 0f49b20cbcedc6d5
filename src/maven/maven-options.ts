// What our `mvn` adds to the one call that builds. Pure; none of it changes what is in the dist.

/**
 * From Spark 2.4 on one thread builds: beside another, Maven's shade plugin 3.2 writes the same exclusions into a pom over
 * and over, for as long as the other is at work or for ever (MSHADE-413). Seen with 6.3.2, with 3.3.0 too; not with 2.2.
 */
function canRunThreads(sparkVersion: string): boolean {
  const [major, minor] = sparkVersion.split('.').map(Number);
  return major === 1 || (major === 2 && (minor ?? 0) < 4) || major === 0;
}

/** Words for Maven, in passing order; none with `--compile-tests`, which builds as the original script does. */
export function planBuildOptions(
  {compileTests, facts}: {readonly compileTests: boolean; readonly facts: {readonly sparkVersion: string}},
  {cpus}: {readonly cpus: number},
): readonly string[] {
  return compileTests || cpus < 2 || !canRunThreads(facts.sparkVersion) ? [] : ['-T', String(cpus)];
}
