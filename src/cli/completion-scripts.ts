// Writes what planWords gives as scripts of bash, zsh and fish. They hold the words that never change, and ask the tool,
// which takes as long as node's start, only for releases and ids of builds. Pure.
import {commandNames, type Offer, type shells, type WordGroup} from './completion.ts';

type Shell = (typeof shells)[number];

export function renderScript(shell: Shell, groups: readonly WordGroup[]): string {
  if (shell === 'fish') return renderFish(groups);
  return shell === 'bash' ? renderBash(groups) : renderZsh(groups);
}

/** Words of ours: without quotes, blanks and signs that a shell knows, but for `,` and `-`. */
const list = (words: readonly string[]): string => words.join('\n');

/**
 * Of bash and zsh alike: sets `found` to the words, one a line.
 * Arguments: the command, or nothing; the word before; the one at the cursor; how many stand before it.
 * Fails where the tool has to be asked.
 */
function renderWords(groups: readonly WordGroup[]): string {
  const offer = (one: Offer): string =>
    typeof one === 'string' ? 'return 1' : one.length === 0 ? 'return' : `found='${list(one)}'; return`;
  const cases = groups.map(({commands, values, options, argument}) => {
    const isFirst = commands.length === 0;
    return `    ${isFirst ? "''" : commands.join('|')})
      case $2 in
${values.map(({flags, offer: one}) => `        ${flags.join('|')}) ${offer(one)} ;;\n`).join('')}      esac
      case $3 in
        -*) found='${list(options)}'; return ;;
      esac
${isFirst ? '      [ "$4" = 0 ] || return 0\n' : ''}      ${offer(argument)} ;;
`;
  });
  return `_build_spark_words() {
  case $1 in
${cases.join('')}  esac
}
_build_spark_command() {
  for one; do
    case $one in
      ${commandNames.join('|')}) command=$one; return ;;
    esac
  done
}
`;
}

function renderBash(groups: readonly WordGroup[]): string {
  return `${renderWords(groups)}_build_spark() {
  local IFS=$'\\n' one command='' found='' current=\${COMP_WORDS[COMP_CWORD]}
  _build_spark_command "\${COMP_WORDS[@]:1:COMP_CWORD-1}"
  if _build_spark_words "$command" "\${COMP_WORDS[COMP_CWORD-1]}" "$current" $((COMP_CWORD-1)); then
    COMPREPLY=($(compgen -W "$found" -- "$current"))
  else
    COMPREPLY=($(build-spark complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  fi
}
complete -o default -F _build_spark build-spark
`;
}

function renderZsh(groups: readonly WordGroup[]): string {
  return `#compdef build-spark
${renderWords(groups)}_build_spark() {
  local one command='' found=''
  _build_spark_command "\${(@)words[2,CURRENT-1]}"
  if ! _build_spark_words "$command" "$words[CURRENT-1]" "$words[CURRENT]" $((CURRENT-2)); then
    found=$(build-spark complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  fi
  if [[ -n $found ]]; then compadd -- "\${(@f)found}"; else _files; fi
}
compdef _build_spark build-spark
# Read from a folder of fpath, this file is the function that was to complete something.
if [[ $funcstack[1] == _build[-_]spark ]]; then _build_spark; fi
`;
}

function renderFish(groups: readonly WordGroup[]): string {
  const ask = 'build-spark complete -- $words[2..-1] $current 2>/dev/null';
  const offer = (one: Offer): string =>
    typeof one === 'string' ? ask : one.length === 0 ? '' : `printf '%s\\n' ${one.join(' ')}`;
  const cases = groups.map(({commands, values, options, argument}) => {
    const isFirst = commands.length === 0;
    return `        case ${isFirst ? "''" : commands.join(' ')}
            switch $words[-1]
${values
  .map(
    ({flags, offer: one}) =>
      `                case ${flags.join(' ')}\n                    ${offer(one)}; return\n`,
  )
  .join('')
  .replaceAll(/ +; return/g, '                    return')}            end
            if string match -q -- '-*' "$current"
                ${offer(options)}
            else${isFirst ? ' if test (count $words) = 1' : ''}
                ${offer(argument)}
            end
`;
  });
  return `function __build_spark_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l command ''
    for one in $words[2..-1]
        if contains -- $one ${commandNames.join(' ')}
            set command $one
            break
        end
    end
    switch $command
${cases.join('')}    end
end
complete -c build-spark -a '(__build_spark_complete)'
`;
}
