// What the distribution script asks Maven before it builds, answered from the source's own poms. Pure: knows no guest.
import {findMavenArguments, findProfiles} from './release-file.ts';
import {parsePom, type Pom, type Profile} from './pom.ts';

/** One call of Maven, word by word, and the line which the script is to read. */
export interface Evaluation {
  readonly call: readonly string[];
  readonly answer: string;
}

export interface EvaluationInput {
  /** Text of pom.xml and, where there is one, of sql/hive/pom.xml, as they will be built. */
  readonly poms: {readonly root: string; readonly hive?: string | undefined};
  /** Of the stand-in; any other parent is not ours to know. */
  readonly parentPom?: string | undefined;
  readonly settingsXml: string;
  /** Of the script. */
  readonly arguments: readonly string[];
}

const hiveProfile = '<id>hive</id>';

/**
 * Answers only what is certain: what a parent that we do not have, a profile which switches itself on, or the
 * operator's own settings might change is left to Maven itself.
 */
export function planEvaluations(input: EvaluationInput): readonly Evaluation[] {
  const root = parsePom(input.poms.root, 'pom.xml');
  const args = findMavenArguments(input.arguments);
  // The same properties would win over the poms' from there.
  if (/<properties>|<activation>/.test(input.settingsXml) || hasUnknownWords(args)) return [];
  const parent = input.parentPom === undefined ? undefined : parsePom(input.parentPom, 'the parent pom');
  // Spark 1.1 to 1.3 ask for the version with no argument, CDH 6 for all with the first one alone.
  const lists = [args, args.slice(0, 1), []].filter(
    (list, index, all) => all.findIndex((other) => other.length === list.length) === index,
  );
  return lists.flatMap((list) => {
    const values = ['project.version', 'scala.binary.version', 'hadoop.version'].flatMap((name) => {
      const answer = findValue(name, root, parent, list);
      return answer === undefined ? [] : [{call: renderCall(name, list), answer}];
    });
    return hasHiveOnce(input, root, parent, list)
      ? [
          ...values,
          {call: renderCall('project.activeProfiles', ['-pl', 'sql/hive', ...list]), answer: hiveProfile},
        ]
      : values;
  });
}

function renderCall(expression: string, args: readonly string[]): readonly string[] {
  return ['help:evaluate', `-Dexpression=${expression}`, ...args];
}

/** Whatever is not -B, -P<profile> or -D<name>=<value> may change what a pom says. */
function hasUnknownWords(args: readonly string[]): boolean {
  return args.some((word) => !/^(-B|-P[\w.-]+|-D[\w.-]+=[^\t\n]*)$/.test(word));
}

function findValue(
  name: string,
  root: Pom,
  parent: Pom | undefined,
  args: readonly string[],
  depth = 8,
): string | undefined {
  const text = findText(name, root, parent, args);
  if (text === undefined || depth === 0) return undefined;
  const missing: string[] = [];
  const value = text.replace(/\$\{([^}]+)\}/g, (whole, other: string) => {
    const found = findValue(other, root, parent, args, depth - 1);
    if (found === undefined) missing.push(whole);
    return found ?? '';
  });
  // The script takes the last line that does not contain INFO (or WARNING).
  return missing.length === 0 && /^[\w.+-]+$/.test(value) && !/INFO|WARNING/.test(value) ? value : undefined;
}

/** In Maven's own order: command line, active profiles, the pom, its parent. */
function findText(
  name: string,
  root: Pom,
  parent: Pom | undefined,
  args: readonly string[],
): string | undefined {
  const defined = args.filter((word) => word.startsWith(`-D${name}=`)).at(-1);
  if (name === 'project.version') return root.version;
  if (defined !== undefined) return defined.slice(`-D${name}=`.length);
  const setters = root.profiles
    .filter((profile) => Object.hasOwn(profile.properties, name))
    .map((profile) => ({...profile, state: findState(profile, args)}))
    .filter(({state}) => state !== 'inactive');
  if (setters.some(({state}) => state === 'unknown') || setters.length > 1) return undefined;
  const own = setters[0]?.properties[name] ?? root.properties[name];
  if (own !== undefined) return own;
  // A parent's profiles would have to be looked at as well; ours has none.
  return parent?.profiles.length === 0 && parent.parent === undefined ? parent.properties[name] : undefined;
}

function findState({id, activation}: Profile, args: readonly string[]): 'active' | 'inactive' | 'unknown' {
  if (findProfiles(args).includes(id)) return 'active';
  if (activation.type !== 'property') return activation.type === 'never' ? 'inactive' : 'unknown';
  const {name, isNegated, value} = activation;
  // These are not ours to know: they are there without a -D.
  if (/^(env|java|os|user|file|maven)\./.test(name)) return 'unknown';
  const defined = args.filter((word) => word.startsWith(`-D${name}=`)).at(-1);
  const holds = value === undefined ? defined !== undefined : defined === `-D${name}=${value}`;
  return holds === isNegated ? 'inactive' : 'active';
}

/** The script counts the lines with `<id>hive</id>` and takes exactly one for a yes. */
function hasHiveOnce(
  {poms}: EvaluationInput,
  root: Pom,
  parent: Pom | undefined,
  args: readonly string[],
): boolean {
  if (poms.hive === undefined || !findProfiles(args).includes('hive')) return false;
  const isOwnParent =
    root.parent === undefined || root.parent.groupId === 'org.apache' || parent !== undefined;
  const profiles = [
    ...parsePom(poms.hive, 'sql/hive/pom.xml').profiles,
    ...root.profiles,
    ...(parent?.profiles ?? []),
  ];
  return isOwnParent && profiles.filter(({id}) => id === 'hive').length === 1;
}

/** A line an answer: the answer, then the words of the call, with tabs between. */
export function renderEvaluations(evaluations: readonly Evaluation[]): string {
  return evaluations.map(({call, answer}) => `${[answer, ...call].join('\t')}\n`).join('');
}
