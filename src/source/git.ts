// Calls git so that neither the environment nor the user's configuration changes what comes out, and tells its failures apart.
import {type ExpectedError, HostError, UsageError} from '../core/errors.ts';
import {CommandError, lastLines, type CommandOptions, type CommandResult, type Exec} from '../core/exec.ts';
import {quoteCommand} from '../core/quote.ts';
import {judgeWords, type ReachKind} from '../core/reach.ts';
import {createRedactor, findUrlSecrets} from '../core/redact.ts';
import {allowedProtocols, hostOf, type SourceLocation} from './location.ts';

/** Of the user's configuration proxies, credential helpers and insteadOf stay: without them the host is not reached. */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.autocrlf=false',
  'core.eol=lf',
  'core.symlinks=true',
  'core.fileMode=true',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.logAllRefUpdates=false',
  'core.quotePath=false',
  'advice.detachedHead=false',
  'apply.whitespace=nowarn',
  'apply.ignoreWhitespace=no',
  'fetch.fsckObjects=false',
  'transfer.fsckObjects=false',
  'fetch.prune=false',
  'fetch.recurseSubmodules=false',
  'submodule.recurse=false',
  // Where git-lfs is installed it would fetch what the pointers stand for, from a place that our copies do not name.
  'filter.lfs.process=',
  'filter.lfs.smudge=',
  'filter.lfs.required=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'init.defaultBranch=main',
  'init.defaultObjectFormat=sha1',
  'color.ui=false',
  // A dead connection is given up after a minute.
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=60',
].flatMap((setting) => ['-c', setting]);

/** What git inherits besides is listed in core/child-environment.ts: nothing that points it at another repository. */
const environment = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: allowedProtocols.join(':'),
  GIT_OPTIONAL_LOCKS: '0',
  GIT_ATTR_NOSYSTEM: '1',
};

/** Lets a commit be fetched by its id from a path; hosts decide for themselves. Git hands this to a shell: it holds no value. */
export const uploadPack = '--upload-pack=git -c uploadpack.allowAnySHA1InWant=true upload-pack';

export type Git = (args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

export interface GitOptions {
  readonly isBare: boolean;
  /** For a look at a work tree of the operator's: with other settings than theirs each of its files may seem changed. */
  readonly keepsSettings?: boolean;
}

/** @param folder The repository, or its work tree: where git starts to look. */
export function createGit(exec: Exec, folder: string, {isBare, keepsSettings = false}: GitOptions): Git {
  const place = isBare ? [`--git-dir=${folder}`] : ['-C', folder];
  const ours = keepsSettings ? ['-c', 'core.fsmonitor=false', '-c', 'core.quotePath=false'] : settings;
  return (args, commandOptions) =>
    exec(['git', ...ours, ...place, ...args], {
      ...commandOptions,
      env: {...environment, ...commandOptions?.env},
    });
}

interface Failure {
  readonly pattern: RegExp;
  /** @param detail The line that told. @param text All that git said. */
  readonly make: (name: string, detail: string, text: string) => ExpectedError;
}

/** What a failed talk with a source means besides the network. Source of the texts: git 2.39, in English by our locale. */
const failures: readonly Failure[] = [
  {
    pattern: /No space left on device|Disk quota exceeded/i,
    make: (name) =>
      new HostError(
        `The disk is full: the source ${name} could not be stored.`,
        'Make room there, then type the same again: df -h',
      ),
  },
  {
    pattern: /dubious ownership/i,
    // We could switch this check of git's off, since the operator named the folder; but then what the other user wrote
    // into its configuration might run here. Git names the very path that it wants to be told, and quotes it.
    make: (name, _detail, text) => {
      const command = /^\s*(git config --global --add safe\.directory .+)$/m.exec(text)?.[1];
      const path = /repository at '(.+)'/.exec(text)?.[1] ?? name;
      return new HostError(
        `Git refuses to read ${name}, because it belongs to another user.`,
        `If you trust that user, type: ${command ?? quoteCommand(['git', 'config', '--global', '--add', 'safe.directory', path])}`,
      );
    },
  },
  {
    pattern: /dumb http transport does not support/i,
    make: (name) =>
      new UsageError(
        `The server of ${name} is a plain web server ("dumb HTTP" to git), which cannot give a single commit.`,
        `Make a copy, and name it with --source: git clone --mirror ${name} spark.git`,
      ),
  },
  {
    pattern: /Server does not allow request for unadvertised object/i,
    make: (name) =>
      new UsageError(
        `The server of ${name} does not serve commits by id, only tags and branches.`,
        `Name a tag or branch with --ref, or make a copy and name it with --source: git clone --mirror ${name} spark.git`,
      ),
  },
  {
    pattern: /not our ref|remote ref does not contain|couldn't find remote ref/i,
    make: (name, detail) =>
      new UsageError(
        `${name} does not have what was asked for: ${detail}`,
        `To see what it has, type: git ls-remote ${name}`,
      ),
  },
];

/** Looked for where the network has no fault. */
const absence: Failure = {
  pattern:
    /does not appear to be a git repository|not a git repository|repository .* not found|Repository not found|does not exist|returned error: 404|not valid: is this a git repository|invalid gitfile format/i,
  make: (name) =>
    new UsageError(
      `The source ${name} is not a git repository, or not one that we may read.`,
      'Give `sample`, the path of a repository, or a URL such as https://github.com/cloudera/spark',
    ),
};

/** Of the network, as core/reach.ts tells it apart. */
function explainReach(kind: ReachKind, source: SourceLocation, detail: string): HostError {
  const {name} = source;
  if (kind === 'login')
    return new HostError(
      `The source ${name} refuses our credentials: ${detail}`,
      "Set up git's credential helper or ssh key for that host, and try `git ls-remote` with it.",
    );
  if (kind === 'key')
    return new HostError(
      `The ssh host key of ${name} is not trusted: ${detail}`,
      `Compare the key that it shows with the one you know, and accept it: git ls-remote ${name}`,
    );
  return new HostError(
    `The source ${name} cannot be reached: ${detail}`,
    'Look at the network and the proxy (https_proxy), or name a copy on this host with `--source <path>`.',
  );
}

/** Makes of an error of git, met while it talked to the source, one that says what to do. Others are given back as they are. */
export function explainGitError(error: unknown, source: SourceLocation): unknown {
  if (!(error instanceof CommandError)) return error;
  const redact = createRedactor(source.type === 'url' ? findUrlSecrets(source.url) : []);
  if (error.result.timedOut) {
    return new HostError(
      `The source ${source.name} did not answer in time.`,
      'Look at the network and the proxy (https_proxy), or name a copy on this host with `--source <path>`.',
    );
  }
  const text = redact(error.result.stderr);
  const show = (isIt: (line: string) => boolean): string =>
    (text.split('\n').find(isIt) ?? '').replace(/^(?:fatal|error|ERROR):\s*/, '').trim();
  const explain = ({pattern, make}: Failure): ExpectedError =>
    make(
      source.name,
      show((line) => pattern.test(line)),
      text,
    );
  const known = failures.find(({pattern}) => pattern.test(text));
  if (known !== undefined) return explain(known);
  const host = hostOf(source);
  const reach = judgeWords(text, host);
  if (reach !== undefined)
    return explainReach(
      reach.kind,
      source,
      show((line) => judgeWords(line, host)?.kind === reach.kind),
    );
  if (absence.pattern.test(text)) return explain(absence);
  return new HostError(
    `Git could not fetch from ${source.name}:\n${lastLines(text.trim(), 4)}`,
    'Fix what it says and try again.',
  );
}
