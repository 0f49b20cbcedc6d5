// Reads what an operator may name a host by. Pure; knows no configuration.
import {UsageError} from '../core/errors.ts';

/** What was typed: an unset user or port comes from the configuration of ssh. */
export interface Target {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** `[user@]host[:port]`, `[user@][::1]:port`, an alias of ~/.ssh/config, or `ssh://` before any of these. */
export function parseTarget(text: string): Target {
  const rest = text.trim().replace(/^ssh:\/\//, '');
  const at = rest.lastIndexOf('@');
  const user = at === -1 ? undefined : rest.slice(0, at);
  const place = rest.slice(at + 1).replace(/\/$/, '');
  const match =
    /^\[([^\]\s]+)\](?::(\d{1,5}))?$/.exec(place) ??
    /^([^:\s]+)(?::(\d{1,5}))?$/.exec(place) ??
    /^([0-9a-f:]+(?:%\w+)?)$/i.exec(place);
  const host = match?.[1];
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  const isPlain = (word: string): boolean =>
    // eslint-disable-next-line no-control-regex
    word !== '' && !word.startsWith('-') && !/[\s\u0000-\u001f\u007f'"`$;&|<>(){}\\*?]/.test(word);
  if (host === undefined || !isPlain(host) || (user !== undefined && !isPlain(user)))
    throw wrong(text, 'it is not of the form user@host:port');
  if (port !== undefined && (port < 1 || port > 65_535)) throw wrong(text, `${port} is not a port`);
  return {host, user, port};
}

function wrong(text: string, reason: string): UsageError {
  return new UsageError(
    `The host ${JSON.stringify(text)} cannot be used: ${reason}.`,
    'Give user@host, user@host:port, an alias of ~/.ssh/config, or localhost.',
  );
}
