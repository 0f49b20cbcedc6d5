// Renders a tool's commands and options as a manual page, in roff's macros man(7). Pure; knows none of them by name.
import {Help, type Command, type Option} from 'commander';

export interface ManPage {
  /** Its options and descriptions, as --help shows them. */
  readonly program: Command;
  /** By the command's name. */
  readonly examples: Readonly<Record<string, string>>;
  /** After the commands: a title, and terms with what each means. */
  readonly sections: readonly ManSection[];
  /** Other pages and where to read on. */
  readonly seeAlso: readonly string[];
}

export interface ManSection {
  readonly title: string;
  readonly items: readonly (readonly [string, string])[];
}

const help = new Help();
const isHelp = ({long}: Option): boolean => long === '--help';

export function renderManPage({program, examples, sections, seeAlso}: ManPage): string {
  const commands = help.visibleCommands(program).filter((one) => one.name() !== 'help');
  const [first, ...rest] = commands.map(listOptions);
  const common = (first ?? []).filter((one) => rest.every((all) => all.some((other) => isSame(one, other))));
  const name = program.name();
  return [
    `.\\" Written by docs/write-reference.mjs from the tables in the code.`,
    `.TH ${name.toUpperCase()} 1`,
    '.nh', // Names of options and variables are not broken.
    '.ad l',
    '.SH NAME',
    `${escape(name)} \\- ${escape(lowerFirst(program.description().replace(/\.$/, '')))}`,
    '.SH SYNOPSIS',
    `.B ${escape(name)}`,
    '.RI [ command ]',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    escapeLine(program.description()),
    `Each command has its own \\fB\\-\\-help\\fR.`,
    '.SH COMMANDS',
    ...commands.flatMap((command, index) =>
      renderCommand(command, commands.slice(0, index), common, examples),
    ),
    '.SH OPTIONS OF EVERY COMMAND',
    ...common.flatMap(renderOption),
    ...renderItem('-h, --help', 'the options of a command'),
    ...sections.flatMap(({title, items}) => [
      `.SH ${title}`,
      ...items.flatMap(([term, text]) => renderItem(term, text)),
    ]),
    '.SH SEE ALSO',
    ...seeAlso.flatMap((line, index) => [...(index === 0 ? [] : ['.br']), escapeLine(line)]),
    '',
  ].join('\n');
}

function renderCommand(
  command: Command,
  before: readonly Command[],
  common: readonly Option[],
  examples: ManPage['examples'],
): readonly string[] {
  const isCommon = (one: Option): boolean => common.some((other) => isSame(one, other));
  const own = listOptions(command).filter((one) => !isCommon(one));
  const twin = own.length === 0 ? undefined : before.find((other) => haveSameOptions(other, command));
  const example = examples[command.name()];
  const groups = [...new Set(own.map(({helpGroupHeading}) => helpGroupHeading))];
  const words = help.subcommandTerm(command).replace(/ \[options\]/, '');
  return [
    `.SS ${escape(words)}`,
    escapeLine(upperFirst(command.description())) + '.',
    ...(twin === undefined
      ? groups.flatMap((heading) => [
          ...(heading === undefined ? [] : ['.PP', `.I ${escape(heading)}`]),
          ...own.filter(({helpGroupHeading}) => helpGroupHeading === heading).flatMap(renderOption),
        ])
      : [`It takes the options of \\fB${escape(twin.name())}\\fR.`]),
    ...(example === undefined
      ? []
      : ['.PP', 'Example:', '.PP', '.nf', `.RS`, escapeLine(example), '.RE', '.fi']),
  ];
}

const listOptions = (command: Command): readonly Option[] =>
  help.visibleOptions(command).filter((one) => !isHelp(one));
const isSame = (one: Option, other: Option): boolean =>
  one.flags === other.flags && one.description === other.description;
const haveSameOptions = (one: Command, other: Command): boolean => {
  const [left, right] = [listOptions(one), listOptions(other)];
  return (
    left.length === right.length && left.every((option, index) => isSame(option, right[index] ?? option))
  );
};

function renderOption(option: Option): readonly string[] {
  return renderItem(help.optionTerm(option), help.optionDescription(option));
}

function renderItem(term: string, text: string): readonly string[] {
  return ['.TP', `.B ${escape(term)}`, escapeLine(text)];
}

/** Of what is not at a line's beginning. Signs beyond ASCII are named by their number, which every roff knows. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll(
      /[^\n -~]/gu,
      (sign) => `\\[u${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}

/** A dot at the beginning of a line would be a request. */
function escapeLine(text: string): string {
  return escape(text).replace(/^\./, '\\&.');
}

const upperFirst = (text: string): string => text.replace(/^[a-z]/, (sign) => sign.toUpperCase());
const lowerFirst = (text: string): string => text.replace(/^[A-Z](?=[a-z])/, (sign) => sign.toLowerCase());
