// Reads the text of RELEASE, which make-distribution.sh writes, and the arguments it was given. Pure.

export interface ReleaseFile {
  /** `1.6.0-cdh5.7.0` */
  readonly version: string;
  /** Abbreviated commit; scripts before Spark 1.1 do not write it. */
  readonly revision?: string | undefined;
  /** `2.6.0-cdh5.7.0` */
  readonly hadoopVersion: string;
  /** Maven's arguments, joined by blanks; scripts before Spark 1.3 do not write them. */
  readonly flags?: string | undefined;
}

/** @returns undefined when the text is not of the form that the scripts of all 115 tags write. */
export function parseRelease(text: string): ReleaseFile | undefined {
  const match = /^Spark (\S+)(?: \(git revision ([0-9a-f]+)\))? built for Hadoop (.*)$/m.exec(text);
  if (match === null) return undefined;
  const [, version = '', revision, hadoopVersion = ''] = match;
  const flags = /^Build flags:(.*)$/m.exec(text)?.[1]?.trim();
  return {
    version,
    hadoopVersion: hadoopVersion.trim(),
    revision,
    flags,
  };
}

/** What of make-distribution.sh's arguments is Maven's: all from the first one that is not the script's own. */
export function findMavenArguments(args: readonly string[]): readonly string[] {
  const withValue = ['--mvn', '--name', '--target'];
  const alone = ['--tgz', '--skip-java-test', '--with-tachyon', '--pip', '--r'];
  let index = 0;
  for (; index < args.length; index += 1) {
    const word = args[index] ?? '';
    if (withValue.includes(word)) index += 1;
    else if (!alone.includes(word)) break;
  }
  return args.slice(index);
}

/** Profiles that Maven is told to use, by any of its spellings; those that are switched off are left out. */
export function findProfiles(args: readonly string[]): readonly string[] {
  return args
    .flatMap((word, index) => {
      if (word === '-P' || word === '--activate-profiles') return [args[index + 1] ?? ''];
      return word.startsWith('-P') ? [word.slice(2)] : [];
    })
    .flatMap((list) => list.split(','))
    .map((name) => name.trim().replace(/^\+/, ''))
    .filter((name) => name !== '' && !/^[!-]/.test(name));
}
