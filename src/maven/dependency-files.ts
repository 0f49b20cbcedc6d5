// The folder that goes to the guest for the dependencies, as text by path. Pure; knows no machine.
import type {DependencyPlan} from './dependency-plan.ts';
import type {StandIn} from './stand-in.ts';

export interface RenderedFolder {
  /** Text by path within the folder `dependencies`, to be uploaded to the guest's home. */
  readonly files: Readonly<Record<string, string>>;
  /** To be run in the guest's home after the upload, with JAVA_HOME set and `mvn` on PATH. May be run again. */
  readonly command: readonly string[];
}

/** Name of the folder in the guest's home. */
export const guestFolder = 'dependencies';

export function renderDependencies(plan: DependencyPlan, standIn: StandIn): RenderedFolder {
  const bridges = plan.bridges.flatMap(({name, files}) =>
    Object.entries(files).map(([path, text]) => [`bridge/${name}/${path}`, text] as const),
  );
  const parents = [
    ...(plan.parentPom === undefined ? [] : [plan.parentPom]),
    ...plan.compiled.flatMap(({parentPom}) => parentPom ?? []),
  ];
  const compiled = plan.compiled.map(
    ({name, arguments: words}) => [`${renderCompiledFolder(name)}/arguments`, renderLines(words)] as const,
  );
  return {
    files: {
      'install.sh': standIn.installScript,
      'settings.xml': plan.settingsXml,
      ...(plan.settingsSecurityXml === undefined ? {} : {'settings-security.xml': plan.settingsSecurityXml}),
      'empty-jars.txt': renderLines(plan.emptyJars),
      'local-only.txt': renderLines(plan.localOnly),
      ...Object.fromEntries(
        [...parents, ...plan.emptyPoms].map(({path, text}) => [`repository/${path}`, text]),
      ),
      ...Object.fromEntries([...bridges, ...compiled]),
    },
    command: ['bash', `${guestFolder}/install.sh`],
  };
}

/**
 * Within the guest's folder: `arguments`, and `source` or, where an earlier build compiled it, `jars`, laid out as a
 * local repository.
 */
export function renderCompiledFolder(name: string): string {
  return `compiled/${name}`;
}

/** A line each. */
export function renderLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
