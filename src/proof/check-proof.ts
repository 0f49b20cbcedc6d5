// Checks what a dist says of its making: the statement against its files, the signature against a key. Changes nothing.
import {join} from 'node:path';
import {describeError, hasErrorCode} from '../core/errors.ts';
import {renderPath} from '../core/inner-paths.ts';
import {NotRegularError, readRegular} from '../core/regular-file.ts';
import type {PublicKey} from '../core/signing-keys.ts';
import {
  manifestName,
  readManifestText,
  signatureName,
  statementName,
  type Manifest,
} from '../distribution/manifest.ts';
import {judge, renderList, type Check} from '../distribution/verify-files.ts';
import {envelopeSchema, openEnvelope, type Opened} from './dsse.ts';
import {listSubjects, renderInvocation, statementSchema, type Statement} from './provenance.ts';

/** A key, and the file that the operator named. */
export interface NamedKey {
  readonly path: string;
  readonly key: PublicKey;
}

const limitBytes = 256 * 1024 ** 2;

/** What of a dist is its maker's word: whoever made it may have put anything there. */
type Word = {readonly bytes: Buffer} | {readonly problem: string; readonly isMissing: boolean};

/**
 * Holds the statement against the manifest; that the files are what the manifest says, `verifyDist` checks. Whatever lies
 * in the dist is a check that failed, and no error.
 * @param key Without it no signature is asked for; a statement that is there is checked all the same.
 * @returns None for a dist of an older version, where no key is given.
 */
export async function checkProof(dir: string, key?: NamedKey): Promise<readonly Check[]> {
  const word = await read(dir, statementName);
  if ('isMissing' in word && word.isMissing && key === undefined) return [];
  const signed = key === undefined ? undefined : await checkSignature(dir, word, key);
  // What was signed counts, should the file beside it be another.
  const counts = signed?.payload === undefined ? word : {bytes: signed.payload};
  return [
    ...(signed === undefined ? [] : [signed.check]),
    'bytes' in counts
      ? await checkStatement(dir, counts.bytes)
      : judge('provenance', [`${statementName} ${counts.problem}`], ''),
  ];
}

/** Of a statement that was read, and need not be the file in the dist. */
export async function checkStatement(dir: string, bytes: Buffer): Promise<Check> {
  const statement = parseStatement(bytes);
  return statement === undefined
    ? judge('provenance', [`${statementName} is not an in-toto statement with SLSA's provenance`], '')
    : judge(
        'provenance',
        await findMismatches(dir, statement),
        `the statement names ${statement.subject.length} files as they are, built from ${describeSource(statement)}`,
      );
}

async function checkSignature(
  dir: string,
  statement: Word,
  {path, key}: NamedKey,
): Promise<{readonly check: Check; readonly payload?: Buffer}> {
  const fail = (problem: string): {check: Check} => ({check: judge('signature', [problem], '')});
  const envelope = await read(dir, signatureName);
  if ('problem' in envelope)
    return fail(
      envelope.isMissing
        ? `there is no ${signatureName}: this dist was not signed (build with --sign <key>)`
        : `${signatureName} ${envelope.problem}`,
    );
  let opened: Opened;
  try {
    opened = openEnvelope(envelopeSchema.parse(JSON.parse(envelope.bytes.toString('utf8'))), key);
  } catch {
    return fail(`${signatureName} is damaged: it is not a DSSE envelope`);
  }
  const {status, payload, keyIds} = opened;
  const problems: string[] = {
    good: [],
    'other-key': [
      `it was signed by another key (${renderIds(keyIds)}), not by ${path} (${renderIds([key.id])})`,
    ],
    broken: [`${signatureName} was changed after ${path} signed it, in the statement or the signature`],
    'other-kind': [`${path} signed something other than a statement`],
  }[status];
  if (problems.length === 0 && !('bytes' in statement && statement.bytes.equals(payload)))
    problems.push(
      `${statementName} ${'problem' in statement ? statement.problem : 'is not the statement that was signed'}`,
    );
  return {
    check: judge('signature', problems, `signed by ${path} (${renderIds([key.id])})`),
    // Whose signature is not good says nothing of the files.
    ...(status === 'good' ? {payload} : {}),
  };
}

function renderIds(ids: readonly string[]): string {
  return ids.length === 0 ? 'unnamed' : renderList(ids.map((id) => renderPath(id.slice(0, 16))));
}

export function parseStatement(bytes: Buffer): Statement | undefined {
  try {
    return statementSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return undefined;
  }
}

async function findMismatches(dir: string, statement: Statement): Promise<readonly string[]> {
  let read: {readonly manifest: Manifest; readonly sha256: string};
  try {
    read = await readManifestText(dir);
  } catch (error) {
    return [`it cannot be held against the files: ${describeError(error)}`];
  }
  const {manifest, sha256} = read;
  const there = new Map(listSubjects(manifest, sha256));
  const named = new Map(statement.subject.map(({name, digest}) => [name, digest.sha256]));
  if (named.size < statement.subject.length) return ['it names a file more than once'];
  const other = [...named].filter(([name, sum]) => there.get(name) !== sum).map(([name]) => name);
  const unnamed = [...there.keys()].filter((name) => !named.has(name));
  if (other.length === 0 && unnamed.length === 0) return [];
  const id = statement.predicate.runDetails.metadata?.invocationId;
  const isOther = id !== renderInvocation(manifest) && named.get(manifestName) !== sha256;
  if (isOther)
    return [
      `it is the statement of another dist: of ${describeSource(statement)}, made as "${renderPath(id ?? 'unnamed')}", and this one says "${renderPath(renderInvocation(manifest))}"`,
    ];
  return [
    ...(other.length === 0 ? [] : [`not as the statement has them: ${renderList(other.map(renderPath))}`]),
    ...(unnamed.length === 0 ? [] : [`not in the statement: ${renderList(unnamed.map(renderPath))}`]),
  ];
}

function describeSource({predicate}: Statement): string {
  const {ref, source} = predicate.buildDefinition.externalParameters;
  return renderPath(`${ref} of ${source}`);
}

async function read(dir: string, name: string): Promise<Word> {
  try {
    return {bytes: await readRegular(join(dir, name), limitBytes)};
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return {problem: 'is missing', isMissing: true};
    const problem =
      error instanceof NotRegularError
        ? 'is a link, a folder or a pipe, not a file'
        : `cannot be read: ${renderPath(describeError(error))}`;
    return {problem, isMissing: false};
  }
}
