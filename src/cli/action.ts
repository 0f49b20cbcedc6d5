// The word after a command that has several actions: `cache prune`.
import {UsageError} from '../core/errors.ts';

/** @throws UsageError when the command has no such action. */
export function pickAction<T>(command: string, actions: Readonly<Record<string, T>>, name: string): T {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action !== undefined) return action;
  const known = Object.keys(actions).map((one) => `${command} ${one}`);
  throw new UsageError(
    `\`${command} ${name}\` is not a command.`,
    `Type: build-spark ${known.slice(0, -1).join(', ')} or ${known.at(-1) ?? ''}`,
  );
}
