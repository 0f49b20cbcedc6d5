// Checks what a dist says of its making: the statement against its files, the signature against a key. Changes nothing.
import {join} from 'node:path';
import {describeError, hasErrorCode} from '../core/errors.ts';
import {renderPath} from '../core/inner-paths.ts';
import {readRegular} from '../core/regular-file.ts';
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

/**
 * Holds the statement against the manifest; that the files are what the manifest says, `verifyDist` checks.
 * @param key Without it no signature is asked for; a statement that is there is checked all the same.
 * @returns None for a dist of an older version, where no key is given.
 */
export async function checkProof(dir: string, key?: NamedKey): Promise<readonly Check[]> {
  const text = await read(dir, statementName);
  if (text === undefined && key === undefined) return [];
  const signed = key === undefined ? undefined : await checkSignature(dir, text, key);
  // What was signed counts, should the file beside it be another.
  const statement = parseStatement(signed?.payload ?? text);
  return [
    ...(signed === undefined ? [] : [signed.check]),
    judge(
      'provenance',
      typeof statement === 'string' ? [statement] : await findMismatches(dir, statement),
      typeof statement === 'string'
        ? ''
        : `the statement names ${statement.subject.length} files as they are, built from ${describeSource(statement)}`,
    ),
  ];
}

async function checkSignature(
  dir: string,
  text: Buffer | undefined,
  {path, key}: NamedKey,
): Promise<{readonly check: Check; readonly payload?: Buffer}> {
  const fail = (problem: string): {check: Check} => ({check: judge('signature', [problem], '')});
  const envelopeText = await read(dir, signatureName);
  if (envelopeText === undefined)
    return fail(`there is no ${signatureName}: this dist was not signed (build with --sign <key>)`);
  let opened: Opened;
  try {
    opened = openEnvelope(envelopeSchema.parse(JSON.parse(envelopeText.toString('utf8'))), key);
  } catch {
    return fail(`${signatureName} is damaged: it is no DSSE envelope`);
  }
  const {status, payload, keyIds} = opened;
  const problems: string[] = {
    good: [],
    'other-key': [
      `it was signed by another key (${renderIds(keyIds)}), not by ${path} (${renderIds([key.id])})`,
    ],
    broken: [`${signatureName} was changed after ${path} signed it, in the statement or the signature`],
    'other-kind': [`${path} signed something else than a statement`],
  }[status];
  if (problems.length === 0 && text?.equals(payload) !== true)
    problems.push(
      `${statementName} is ${text === undefined ? 'missing' : 'not the statement that was signed'}`,
    );
  return {
    check: judge('signature', problems, `signed by ${path} (${renderIds([key.id])})`),
    // Whose signature is not good says nothing of the files.
    ...(status === 'good' ? {payload} : {}),
  };
}

function renderIds(ids: readonly string[]): string {
  return ids.length === 0 ? 'unnamed' : ids.map((id) => renderPath(id.slice(0, 16))).join(', ');
}

/** @returns In words what is wrong with it. */
function parseStatement(text: Buffer | undefined): Statement | string {
  if (text === undefined) return `${statementName} is missing`;
  try {
    return statementSchema.parse(JSON.parse(text.toString('utf8')));
  } catch {
    return `${statementName} is no in-toto statement with SLSA's provenance`;
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
  const other = [...named].filter(([name, sum]) => there.get(name) !== sum).map(([name]) => name);
  const unnamed = [...there.keys()].filter((name) => !named.has(name));
  if (other.length === 0 && unnamed.length === 0) return [];
  const id: unknown = (statement.predicate.runDetails.metadata as {invocationId?: unknown} | undefined)
    ?.invocationId;
  const isOther = id !== renderInvocation(manifest) && named.get(manifestName) !== sha256;
  if (isOther)
    return [
      `it is the statement of another dist: of ${describeSource(statement)}, made as "${renderPath(String(id))}", and this one says "${renderInvocation(manifest)}"`,
    ];
  return [
    ...(other.length === 0 ? [] : [`not as the statement has them: ${renderList(other.map(renderPath))}`]),
    ...(unnamed.length === 0 ? [] : [`not in the statement: ${renderList(unnamed.map(renderPath))}`]),
  ];
}

function describeSource({predicate}: Statement): string {
  const {ref, source} = predicate.buildDefinition.externalParameters;
  return renderPath(`${String(ref)} of ${String(source)}`);
}

async function read(dir: string, name: string): Promise<Buffer | undefined> {
  return readRegular(join(dir, name), limitBytes).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  });
}
