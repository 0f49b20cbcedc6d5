// Reads what `--publish` names. Pure.
import {UsageError} from '../core/errors.ts';

export interface PublishPlace {
  /** For ssh: `user@host`. */
  readonly host: string;
  /** Absolute, of that host; it must be there. */
  readonly folder: string;
}

/** @throws UsageError */
export function parsePublishPlace(text: string): PublishPlace {
  const [, host = '', folder = ''] = /^((?:\w[\w.-]*@)?[A-Za-z0-9][\w.-]*):(\/[^\0\n]*)$/.exec(text) ?? [];
  if (host === '')
    throw new UsageError(
      `--publish ${JSON.stringify(text)} is not a folder of another host.`,
      'Name it with its whole path: --publish user@host:/srv/dists',
    );
  return {host, folder: folder.replace(/\/+$/, '') || '/'};
}
