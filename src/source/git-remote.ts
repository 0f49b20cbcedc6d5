// What git is given as the other side: where a source is, and how its login gets there. Knows no mirror.
import type {Exec} from '../core/exec.ts';
import type {UseTools} from '../store/uses.ts';
import {markUse} from '../store/uses.ts';
import type {Paths} from '../core/paths.ts';
import {uploadPack, type Git} from './git.ts';
import type {SourceLocation} from './location.ts';
import {writeSampleRepository} from './sample-repository.ts';
import {planUrlLogin} from './url-login.ts';

export interface Remote {
  /** For the command line: the repository, without a password. */
  readonly where: string;
  /** Of git's command, before `--`. */
  readonly options: readonly string[];
  /** Git, with what this remote needs beside. */
  readonly talk: Git;
}

export async function openRemote(
  source: SourceLocation,
  git: Git,
  tools: UseTools & {readonly exec: Exec; readonly paths: Pick<Paths, 'sample'>},
  signal?: AbortSignal,
): Promise<Remote> {
  if (source.type === 'url') {
    const {where, settings, env} = planUrlLogin(source.url);
    return {
      where,
      options: [],
      talk: (args, options) => git([...settings, ...args], {...options, env: {...options?.env, ...env}}),
    };
  }
  if (source.type === 'sample') await markUse(tools, {kind: 'sample', name: '*'});
  const where =
    source.type === 'path'
      ? source.path
      : await writeSampleRepository(tools.paths.sample, {exec: tools.exec, ...(signal && {signal})});
  return {where, options: [uploadPack], talk: git};
}
