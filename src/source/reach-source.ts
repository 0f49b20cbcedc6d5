// Whether a source answers, asked by git itself: with its proxies, credentials and certificates. Fetches nothing.
import {CommandError, type Exec} from '../core/exec.ts';
import {judgeSilence, judgeUnknown, judgeWords, type Reach} from '../core/reach.ts';
import {createGit} from './git.ts';
import {hostOf, type SourceLocation} from './location.ts';
import {planUrlLogin} from './url-login.ts';

export async function reachSource(
  source: Extract<SourceLocation, {type: 'url'}>,
  exec: Exec,
  limitMs: number,
): Promise<Reach> {
  const {where, settings, env} = planUrlLogin(source.url);
  const git = createGit(exec, '/', {isBare: false});
  const host = hostOf(source);
  try {
    await git([...settings, 'ls-remote', '--quiet', '--', where, 'HEAD'], {env, timeoutMs: limitMs});
    return {kind: 'answers', detail: 'it answers'};
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const {timedOut, stderr} = error.result;
    if (timedOut) return judgeSilence(limitMs);
    const lines = stderr.split('\n').filter((line) => /^(fatal|error|ssh|remote):/.test(line));
    return judgeWords(stderr, host) ?? judgeUnknown(new Error(lines.at(-1) ?? stderr.trim()));
  }
}
