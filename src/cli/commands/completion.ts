// `completion`: a script for a shell, which asks the tool itself what may stand at the cursor.
import {exitCodes, UsageError, type ExitCode} from '../../core/errors.ts';
import type {Terminal} from '../../core/terminal.ts';
import {shells} from '../completion.ts';

const scripts: Readonly<Record<(typeof shells)[number], string>> = {
  bash: `_build_spark() {
  local IFS=$'\\n'
  COMPREPLY=($(build-spark complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _build_spark build-spark
`,
  zsh: `#compdef build-spark
_build_spark() {
  local -a found
  found=("\${(@f)$(build-spark complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found[1]" ]]; then compadd -- $found; else _files; fi
}
compdef _build_spark build-spark
`,
  fish: `function __build_spark_complete
    set -l words (commandline -opc) (commandline -ct)
    build-spark complete -- $words[2..-1] 2>/dev/null
end
complete -c build-spark -a '(__build_spark_complete)'
`,
};

export function run(terminal: Terminal, _: unknown, name: string): Promise<ExitCode> {
  const shell = shells.find((one) => one === name);
  if (shell === undefined)
    throw new UsageError(
      `There is no completion for ${JSON.stringify(name)}.`,
      `Give one of: ${shells.join(', ')}.`,
    );
  terminal.stdout.write(scripts[shell]);
  return Promise.resolve(exitCodes.done);
}
