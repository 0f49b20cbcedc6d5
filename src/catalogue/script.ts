// Reads from the text of a distribution script what it understands. Runs nothing.
import {UsageError} from '../core/errors.ts';
import type {RefFacts} from './ref-facts.ts';
import {findRemovalBlocks, parseRemoval, type UndeleteRules} from './removal.ts';

export type ScriptFacts = Pick<RefFacts, 'scriptOptions' | 'removal' | 'buildTool'>;

/** @throws UsageError when it has line ends of Windows: bash takes the CR for part of each word. */
export function checkLineEnds(text: string, path: string, where: string): void {
  if (!text.includes('\r\n')) return;
  throw new UsageError(
    `${path} in ${where} has Windows line endings (CRLF), so bash cannot run it.`,
    `Convert it there and commit that: sed -i 's/\\r$//' ${path}; and look for eol=crlf in .gitattributes.`,
  );
}

export function parseScript(text: string, rules: UndeleteRules): ScriptFacts {
  const hasOption = (name: string): boolean =>
    new RegExp(`^\\s*(?:\\S+\\s*\\|\\s*)*${name}\\)`, 'm').test(text);
  const [block] = findRemovalBlocks(text, rules);
  return {
    scriptOptions: {
      mvn: hasOption('--mvn'),
      skipJavaTest: hasOption('--skip-java-test'),
    },
    buildTool: /^\s*(?:\S*\/)?sbt\/sbt["\s]/m.test(text) ? 'sbt' : 'maven',
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
