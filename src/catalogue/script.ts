// Reads from the text of a distribution script what it understands. Runs nothing.
import type {RefFacts} from './facts.ts';
import {findRemovalBlocks, parseRemoval, type UndeleteRules} from './removal.ts';

export type ScriptFacts = Pick<RefFacts, 'scriptOptions' | 'jarFolder' | 'removal' | 'buildTool'>;

export function parseScript(text: string, rules: UndeleteRules): ScriptFacts {
  const hasOption = (name: string): boolean =>
    new RegExp(`^\\s*(?:\\S+\\s*\\|\\s*)*${name}\\)`, 'm').test(text);
  const options = /^\s*(?:export\s+)?MAVEN_OPTS=(.*)$/m.exec(text)?.[1];
  const [block] = findRemovalBlocks(text, rules);
  return {
    scriptOptions: {
      mvn: hasOption('--mvn'),
      skipJavaTest: hasOption('--skip-java-test'),
      mavenOpts: options === undefined || options.includes('${MAVEN_OPTS:-') ? 'kept' : 'forced',
    },
    buildTool: /^\s*(?:\S*\/)?sbt\/sbt["\s]/m.test(text) ? 'sbt' : 'maven',
    jarFolder: /\$\{?DISTDIR\}?"?\/jars\b/.test(text) ? 'jars' : 'lib',
    removal:
      block === undefined
        ? {status: 'absent'}
        : {
            status: 'present',
            line: block.start + 1,
            scripts: block.lines.map(parseRemoval).filter((path) => path !== undefined),
          },
  };
}
