// How git gets the login that stands in a source's URL: not in its arguments, which every user of the host can read. Pure.
import {join} from 'node:path';
import {projectRoot} from '../core/paths.ts';

export interface UrlLogin {
  /** The URL without user and password. */
  readonly where: string;
  /** Before git's command. */
  readonly settings: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A user name alone stays where it is: the password comes from the operator's own helper, which looks for that user. */
export function planUrlLogin(text: string): UrlLogin {
  const none = {where: text, settings: [], env: {}};
  if (!/^https?:/i.test(text)) return none;
  const url = new URL(text);
  const {username, password, origin} = url;
  if (password === '') return none;
  url.username = '';
  url.password = '';
  return {
    where: url.href,
    settings: ['-c', 'credential.helper='], // They come first, and might know another password.
    env: {
      GIT_ASKPASS: join(projectRoot, 'data/host/git-askpass.sh'),
      BUILD_SPARK_GIT_ORIGIN: origin,
      BUILD_SPARK_GIT_USERNAME: decode(username),
      BUILD_SPARK_GIT_PASSWORD: decode(password),
    },
  };
}

/** As git does: what is not percent-encoded stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
