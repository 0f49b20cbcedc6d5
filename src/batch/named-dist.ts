// A dist that an operator names: whether it is what its manifest says, holds what was asked, and links with a cluster.
import {resolve} from 'node:path';
import type {Terminal} from '../core/terminal.ts';
import {verifyDist, type Verdict} from '../distribution/verify-dist.ts';
import {indexFolders} from '../linking/class-folder.ts';
import type {Gap} from '../linking/gaps.ts';
import {checkProof, type NamedKey} from '../proof/check-proof.ts';
import {checkUnlisted} from '../proof/unlisted-dist.ts';
import {holdAgainst, readDist} from '../linking/hold-against.ts';
import {allLines, fewLines, renderGaps} from '../linking/render-gaps.ts';

export interface NamedVerdict extends Verdict {
  readonly against?: {
    readonly folders: readonly string[];
    readonly missing: readonly Gap[];
    readonly notes: readonly string[];
  };
}

/** Changes nothing. @param against Folders of a cluster's jars or classes. @param keyFile Of who should have signed it. */
export async function verifyNamedDist(
  {cwd, signal}: Terminal,
  dist: string,
  against: readonly string[] = [],
  keyFile?: string,
): Promise<NamedVerdict> {
  const folders = against.map((folder) => resolve(cwd, folder));
  const key = keyFile === undefined ? undefined : await readKey(keyFile, cwd);
  // First: a mistyped folder is known at once.
  const cluster = folders.length === 0 ? undefined : await indexFolders(folders, signal);
  const verdict = await verifyWhole(resolve(cwd, dist), key, signal);
  if (cluster === undefined) return verdict;
  const {ok, checks, gaps, notes} = await holdAgainst(
    await readDist(verdict.dist, signal),
    cluster,
    folders.join(' and '),
  );
  return {
    ...verdict,
    ok: verdict.ok && ok,
    checks: [...verdict.checks, ...checks],
    against: {folders, missing: gaps, notes},
  };
}

async function verifyWhole(dir: string, key: NamedKey | undefined, signal: AbortSignal): Promise<Verdict> {
  const {dist, ok, checks} = await verifyDist(dir, {}, signal);
  const proof = [...(await checkProof(dist, key)), ...(await checkUnlisted(dist, signal))];
  return {dist, ok: ok && proof.every((check) => check.ok), checks: [...checks, ...proof]};
}

/** By a library that only a command with a key loads. */
async function readKey(file: string, cwd: string): Promise<NamedKey> {
  const {readPublicKey} = await import('../proof/sign-dist.ts');
  return {path: file, key: await readPublicKey(resolve(cwd, file))};
}

/** For people: each check, under it what is missing, then the result. Pure. */
export function renderNamedVerdict(
  {dist, checks, against}: NamedVerdict,
  {
    quiet = false,
    verbose = false,
  }: {readonly quiet?: boolean | undefined; readonly verbose?: boolean | undefined},
): readonly string[] {
  const isLink = ({name}: {readonly name: string}): boolean => name.startsWith('against-');
  const isWhole = checks.every((check) => check.ok || isLink(check));
  // Of one without a manifest nothing else is wrong than that.
  const isUnlisted =
    checks.some(({name}) => name === 'holds') &&
    checks.every((check) => check.ok || isLink(check) || check.name === 'manifest');
  const doesLink = against !== undefined && checks.every((check) => check.ok || !isLink(check));
  const lines = checks.flatMap((check) => [
    ...(check.ok && quiet ? [] : [`${check.ok ? 'ok    ' : 'FAILED'}  ${check.name}: ${check.message}`]),
    ...renderGaps(
      (against?.missing ?? []).filter(({group}) => check.name === `against-${group}`),
      verbose ? allLines : fewLines,
    ).map((line) => `          ${line}`),
  ]);
  return [
    ...lines,
    ...(quiet ? [] : (against?.notes ?? []).map((note) => `note    ${note}`)),
    `${dist} is ${isWhole ? 'whole' : isUnlisted ? 'what it seems to be, as far as can be told; without a manifest nothing proves it' : 'not what it should be'}${doesLink ? ', and links with what it was held against' : ''}.`,
    ...(against === undefined || doesLink
      ? []
      : [`${dist} does not link with ${against.folders.join(' and ')}.`]),
  ];
}
