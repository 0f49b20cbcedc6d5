// The limits of the cache as options: of `cache`, and unlisted of what builds, for whoever sets them in config.yaml.
import bytes from 'bytes';
import {InvalidArgumentError, Option, type Command} from 'commander';

const createLimitOptions = (): readonly Option[] => [
  new Option('--keep-days <n>', 'prune what nobody used for so many days')
    .env('BUILD_SPARK_KEEP_DAYS')
    .argParser(parseDays),
  new Option('--max-size <size>', 'prune the least recently used down to this: 20GiB, 500m, 0')
    .env('BUILD_SPARK_MAX_SIZE')
    .argParser(parseSize),
];

export function addLimitOptions(command: Command): Command {
  for (const option of createLimitOptions()) command.addOption(option);
  return command;
}

/** The prune after a run keeps to the operator's own limits; its help does not need them. */
export function addHiddenLimitOptions(command: Command): Command {
  for (const option of createLimitOptions()) command.addOption(option.hideHelp());
  return command;
}

/** `20GiB`, `20g`, `500m`, `0`: powers of 1024, as `--memory`. @returns Bytes. */
function parseSize(text: string): number {
  if (/^\s*0+\s*$/.test(text)) return 0;
  const isSize = /^\s*\d+(?:\.\d+)?\s*[kmgt](?:i?b)?\s*$/i.test(text);
  const size = isSize ? bytes.parse(text.trim().replace(/\s*([kmgt])(i?b)?$/i, '$1b')) : null;
  if (size === null)
    throw new InvalidArgumentError('Give a number and a unit, such as 20GiB or 500MiB, or 0.');
  return size;
}

/** Whole days, or parts of them. */
function parseDays(text: string): number {
  if (!/^\d{1,5}(\.\d+)?$/.test(text.trim()))
    throw new InvalidArgumentError('Give a number of days, such as 30.');
  return Number(text);
}
