// Signatures of dists: kinds of keys, and what verify tells apart.
import {execFileSync} from 'node:child_process';
import {createHash, generateKeyPairSync, type KeyObject} from 'node:crypto';
import {mkdtempSync, readFileSync} from 'node:fs';
import {mkdir, readFile, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {parsePublicKey, parseSigningKey} from '../../src/core/signing-keys.ts';
import {verifyNamedDist} from '../../src/batch/named-dist.ts';
import {checkProof} from '../../src/proof/check-proof.ts';
import {proveDist} from '../../src/proof/prove.ts';
import {ensureSigned, readPublicKey, readSigningKey, signDist} from '../../src/proof/sign-dist.ts';
import {libFacts, makeFolder, writeLibDist} from '../distribution/fake-dist.ts';

const pem = (key: KeyObject): string =>
  key.export({type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem'}).toString();
const makePem = (type: 'ed25519' | 'ec' | 'rsa'): {readonly own: string; readonly open: string} => {
  const {privateKey, publicKey} =
    type === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : type === 'ec'
        ? generateKeyPairSync('ec', {namedCurve: 'P-256'})
        : generateKeyPairSync('rsa', {modulusLength: 2048});
  return {own: pem(privateKey), open: pem(publicKey)};
};
// By OpenSSH itself: of the Ed25519 keys that ssh2 makes, one in two hundred is a byte too short for every reader.
const makeSsh = (
  type: 'ed25519' | 'ecdsa' | 'rsa',
  passphrase = '',
): {readonly own: string; readonly open: string} => {
  const path = join(mkdtempSync(join(tmpdir(), 'key-')), 'key');
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-a', '1', '-C', '', '-f', path]);
  return {own: readFileSync(path, 'utf8'), open: readFileSync(`${path}.pub`, 'utf8')};
};
const one = makeSsh('ed25519');
const other = makePem('ed25519');

async function makeSigned(key = one.own, facts = libFacts): Promise<string> {
  const dir = await makeFolder();
  await writeLibDist(dir);
  await proveDist(dir, facts, {resolved: ''});
  await signDist(dir, parseSigningKey(key));
  return dir;
}

async function check(dir: string, key = one.open): Promise<Record<string, string>> {
  const checks = await checkProof(dir, {path: 'key.pub', key: parsePublicKey(key)});
  return Object.fromEntries(checks.map(({name, ok, message}) => [name, ok ? 'ok' : message]));
}

async function change(dir: string, name: string, edit: (text: string) => string): Promise<void> {
  const path = join(dir, name);
  const text = await readFile(path, 'utf8');
  expect(edit(text)).not.toBe(text);
  await writeFile(path, edit(text));
}

describe.each([
  ['OpenSSH, Ed25519', makeSsh('ed25519')],
  ['OpenSSH, ECDSA', makeSsh('ecdsa')],
  ['OpenSSH, RSA', makeSsh('rsa')],
  ['PEM, Ed25519', makePem('ed25519')],
  ['PEM, ECDSA', makePem('ec')],
  ['PEM, RSA', makePem('rsa')],
])('a key in %s', (_name, {own, open}) => {
  test('signs, and its public half checks it', async () => {
    const dir = await makeSigned(own);
    expect(await check(dir, open)).toEqual({signature: 'ok', provenance: 'ok'});
    expect(parseSigningKey(own).id).toBe(parsePublicKey(open).id);
    // The private key, too, has its public half.
    expect(parsePublicKey(own).id).toBe(parsePublicKey(open).id);
  });
});

test('a changed statement, another key, another signature, none, and a damaged one are told apart', async () => {
  const dir = await makeSigned();
  expect((await check(dir, other.open)).signature).toMatch(/was signed by another key .*, not by key\.pub/);
  await change(dir, 'provenance.intoto.json', (text) => text.replace('cdh5.7.0-release', 'cdh5.7.1-release'));
  expect((await check(dir)).signature).toMatch(/intoto\.json is not the statement that was signed/);
  await rm(join(dir, 'provenance.intoto.json'));
  expect((await check(dir)).signature).toMatch(/intoto\.json is missing/);
  await change(dir, 'provenance.dsse.json', (text) => text.replace(/"payload": "(.)/, '"payload": "A$1'));
  expect((await check(dir)).signature).toMatch(/was changed after key\.pub signed it/);
  await writeFile(join(dir, 'provenance.dsse.json'), '{}');
  expect((await check(dir)).signature).toMatch(/is damaged: it is not a DSSE envelope/);
  await rm(join(dir, 'provenance.dsse.json'));
  expect((await check(dir)).signature).toMatch(/this dist was not signed/);
});

test('the statement of another dist, signed by the right key, is named as such', async () => {
  const dir = await makeSigned();
  const another = await makeSigned(one.own, {
    ...libFacts,
    tag: 'cdh5.4.11-release',
    release: 'cdh5.4.11',
    startedAt: '2026-11-21T20:00:00.000Z',
  });
  for (const name of ['provenance.intoto.json', 'provenance.dsse.json'])
    await writeFile(join(dir, name), await readFile(join(another, name)));
  expect(await check(dir)).toEqual({
    signature: 'ok',
    provenance: expect.stringMatching(
      /another dist: of cdh5\.4\.11-release of .*, made as "cdh5\.4\.11 .*", and this one says "cdh5\.7\.0/,
    ),
  });
});

test('a manifest that was changed together with a file does not get past the signature', async () => {
  const dir = await makeSigned();
  await change(dir, 'manifest.json', (text) => text.replace('-Xmx3g', '-Xmx4g'));
  expect((await check(dir)).provenance).toBe('not as the statement has them: manifest.json');
  const shuffled = await makeSigned();
  await change(shuffled, 'manifest.json', (text) => {
    const manifest = JSON.parse(text) as {files: {path: string; sha256: string}[]};
    manifest.files[0]!.sha256 = 'f'.repeat(64);
    return JSON.stringify(manifest);
  });
  expect((await check(shuffled)).provenance).toMatch(
    /^not as the statement has them: [^,]+, manifest\.json$/,
  );
});

test('verify checks the statement without a key, and a changed byte of a file with one', async () => {
  const dir = await makeSigned();
  await writeFile(join(dir, '../key.pub'), one.open);
  const terminal = {cwd: join(dir, '..'), signal: new AbortController().signal} as never;
  const verdict = await verifyNamedDist(terminal, dir, [], 'key.pub');
  expect(verdict.checks.filter(({ok}) => !ok)).toEqual([]);
  expect(verdict.checks.map(({name}) => name)).toEqual(expect.arrayContaining(['signature', 'provenance']));
  await change(dir, 'RELEASE', (text) => `${text} `);
  const changed = await verifyNamedDist(terminal, dir, [], 'key.pub');
  expect(changed.checks.filter(({ok}) => !ok)).toEqual([
    {name: 'files', ok: false, message: 'RELEASE is not what was built'},
  ]);
  const plain = await verifyNamedDist(terminal, dir);
  expect(plain.checks.map(({name}) => name)).not.toContain('signature');
});

test('a dist that is signed already stays as it is; with another key it is signed anew', async () => {
  const dir = await makeSigned();
  expect(await ensureSigned(dir, parseSigningKey(one.own))).toBe(false);
  expect(await ensureSigned(dir, parseSigningKey(other.own))).toBe(true);
  expect((await check(dir, other.open)).signature).toBe('ok');
});

describe('a statement that is not what was built is not signed', () => {
  const statement = 'provenance.intoto.json';
  /** As one would who wants a signature under his own words: SHA256SUMS goes with them. */
  async function changeWithSum(dir: string, edit: (text: string) => string): Promise<void> {
    const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
    const before = await readFile(join(dir, statement), 'utf8');
    await change(dir, statement, edit);
    await change(dir, 'SHA256SUMS', (text) => text.replace(sum(before), sum(edit(before))));
  }
  const evil = (text: string): string => text.replaceAll('github.com/cloudera', 'github.com/evil');
  const insert = (json: string) => (text: string) => text.replace(/"resolvedDependencies": \[/, `$&${json},`);

  test('nor is the envelope of before replaced, and the command says what to type', async () => {
    const dir = await makeSigned(other.own);
    const before = await readFile(join(dir, 'provenance.dsse.json'), 'utf8');
    await change(dir, statement, evil);
    await expect(ensureSigned(dir, parseSigningKey(one.own))).rejects.toMatchObject({
      message: expect.stringContaining('is not the one that SHA256SUMS names'),
      hint: expect.stringContaining('--force'),
      exitCode: 2,
    });
    expect(await readFile(join(dir, 'provenance.dsse.json'), 'utf8')).toBe(before);
  });

  test.each([
    ['source', evil, 'externalParameters.source, resolvedDependencies'],
    ['commit', (text: string) => text.replace(libFacts.commit, 'f'.repeat(40)), 'resolvedDependencies'],
    [
      'profile',
      (text: string) => text.replace('-Phive-thriftserver', '-Pevil'),
      'externalParameters.arguments',
    ],
    ['builder', (text: string) => text.replace('urn:build-spark:builder:1', 'x'), 'builder.id'],
    ['dependency', insert('{"name":"source","uri":"git+https://evil"}'), 'resolvedDependencies'],
    ['word', (text: string) => text.replace('"runDetails"', '"more": 1, "runDetails"'), 'more'],
  ])('with another %s than the manifest says', async (_what, edit, named) => {
    const dir = await makeSigned();
    await changeWithSum(dir, edit);
    await expect(ensureSigned(dir, parseSigningKey(one.own))).rejects.toThrow(
      new RegExp(`provenance.intoto.json and manifest.json differ on (?:\\w+\\.)*${named}\\.$`),
    );
  });

  test('with a file of another hash, or twice', async () => {
    const dir = await makeSigned();
    await changeWithSum(dir, (text) => text.replace(/"sha256": "[0-9a-f]{8}/, '"sha256": "00000000'));
    await expect(ensureSigned(dir, parseSigningKey(one.own))).rejects.toThrow(
      /not as the statement has them/,
    );
    const twice = await makeSigned();
    await changeWithSum(twice, (text) =>
      text.replace(/"subject": \[/, `$&{"name":"RELEASE","digest":{"sha256":"${'0'.repeat(64)}"}},`),
    );
    await expect(ensureSigned(twice, parseSigningKey(one.own))).rejects.toThrow(
      /names a file more than once/,
    );
  });

  test('as it was built it is, with what Maven resolved', async () => {
    const dir = await makeFolder();
    await writeLibDist(dir);
    const resolved = [
      `artifact\tg\ta\tjar\t\t1\t${'a'.repeat(64)}\t\t`,
      'member\tx:y:1\tg:a:jar::1\tcompile',
    ].join('\n');
    await proveDist(dir, {...libFacts, mavenOptions: ['-T', '2'], label: 'x'}, {resolved});
    expect(await ensureSigned(dir, parseSigningKey(one.own))).toBe(true);
  });
});

describe('verify judges what a hostile dist has in the place of its papers, and does not throw', () => {
  const papers = ['provenance.intoto.json', 'provenance.dsse.json'] as const;
  test.each([
    ['link', (path: string) => symlink('RELEASE', path), 'is a link, a folder or a pipe'],
    ['folder', (path: string) => mkdir(path), 'is a link, a folder or a pipe'],
    [
      'pipe',
      (path: string) => Promise.resolve(execFileSync('mkfifo', [path])),
      'is a link, a folder or a pipe',
    ],
    [
      'file without an end',
      async (path: string) => {
        await writeFile(path, '');
        await truncate(path, 2 ** 31);
      },
      'more than',
    ],
  ])('a %s', async (_what, put, said) => {
    for (const name of papers) {
      const dir = await makeSigned();
      await rm(join(dir, name));
      await put(join(dir, name));
      expect((await check(dir)).signature).toContain(`${name} `);
      expect((await check(dir)).signature).toContain(said);
      if (name === papers[0]) expect((await checkProof(dir))[0]).toMatchObject({ok: false});
    }
  });

  test('a source that is no text', async () => {
    const dir = await makeSigned();
    await change(dir, papers[0], (text) =>
      text.replace(/"source": "[^"]*"/, '"source": {"toString": 1, "valueOf": 1}'),
    );
    expect(await checkProof(dir)).toEqual([
      {name: 'provenance', ok: false, message: expect.stringContaining('is not an in-toto statement')},
    ]);
  });
});

test('what cannot sign says why, and never shows the key', async () => {
  const folder = await makeFolder();
  const secret = 'not-to-be-shown';
  const {privateKey} = generateKeyPairSync('ed25519');
  const locked = privateKey.export({
    ...{type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x'},
  } as never) as unknown as string;
  for (const [text, reason] of [
    [secret, /neither an OpenSSH nor a PEM private key/],
    [one.open, /it is a public key/],
    [locked, /has a passphrase/],
    [makeSsh('ed25519', 'secret').own, /has a passphrase/],
    [pem(generateKeyPairSync('x25519').privateKey), /of the kind x25519/],
  ] as const) {
    await writeFile(join(folder, 'key'), text);
    const error = await readSigningKey(join(folder, 'key')).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({message: expect.stringMatching(reason), exitCode: 2});
    expect((error as Error).message).not.toContain(secret);
  }
  await expect(readSigningKey(join(folder, 'gone'))).rejects.toThrow(/gone cannot be used/);
});

test('a private key with a passphrase cannot be checked with: its public half is asked for', async () => {
  const folder = await makeFolder();
  const locked = generateKeyPairSync('ed25519').privateKey.export({
    ...{type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x'},
  } as never) as unknown as string;
  for (const text of [locked, makeSsh('ed25519', 'secret').own]) {
    await writeFile(join(folder, 'key'), text);
    await expect(readPublicKey(join(folder, 'key'))).rejects.toThrow(
      /private key with a passphrase; name the file of its public half/,
    );
  }
  await expect(readPublicKey(join(folder, 'gone'))).rejects.toThrow(/there is no such file/);
  await expect(readPublicKey(folder)).rejects.toThrow(/it is a folder/);
});
