// What one option is, as a row of a table: option-table.ts has those of builds, cli/ those of its other commands.
import type {OptionKind} from './option-kinds.ts';

export interface OptionRow {
  /** On the command line, in config.yaml and in a batch file; without dashes. */
  readonly name: string;
  readonly short?: string;
  /** Named in the help: `<range>`. A switch has none. */
  readonly value?: string;
  /** How the value is read; a text where it is left out. */
  readonly kind?: OptionKind;
  readonly choices?: readonly string[];
  readonly isRepeatable?: true;
  /**
   * Where it may stand besides the command line, variables and config.yaml. `row`: a batch file's options and each of
   * its releases; `run`: a batch file's options; `asked`: a batch file says it in a way of its own; `typed`: in no
   * batch file; `command`: on the command line and in config.yaml alone.
   */
  readonly scope: 'row' | 'run' | 'asked' | 'typed' | 'command';
  /** Of the request, where it is not called like the option; null: not of the request. */
  readonly field?: string | null;
  /** As it would be typed. */
  readonly default?: string;
  /** What holds without it, where that is not a value. */
  readonly unset?: string;
  readonly sentence: string;
  /** What the reference says besides. */
  readonly more?: string;
  readonly conflicts?: string;
  readonly isMandatory?: true;
  /** Of a command that means something else by a name than others do: config.yaml's is theirs. */
  readonly isTypedOnly?: true;
}
