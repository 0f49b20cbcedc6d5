import {mkdtemp, readFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {rootCertificates} from 'node:tls';
import {expect, test} from 'vitest';
import {checkCertificates, findExtraCaCertificates} from '../../src/host/certificates.ts';
import {putFile} from './fake-host.ts';

const fixture = async (name: string): Promise<string> =>
  readFile(new URL(`fixtures/${name}.pem`, import.meta.url), 'utf8');
const newRoot = async (): Promise<string> => mkdtemp(join(tmpdir(), 'build-spark-ca-'));

test('a bundle that holds the well-known CAs and one of a company gives the one of the company', async () => {
  const root = await newRoot();
  const bundle = [...rootCertificates, await fixture('ca-one')].join('\n');
  await putFile(root, '/bundle.crt', bundle);
  const env = {SSL_CERT_FILE: join(root, 'bundle.crt'), NODE_EXTRA_CA_CERTS: join(root, 'bundle.crt')};
  const {certificates, problems} = await findExtraCaCertificates(env, root);
  expect(Object.keys(certificates)).toHaveLength(1);
  expect(Object.keys(certificates)[0]).toMatch(/^example-test-ca-one-[0-9a-f]{8}$/);
  expect(Object.values(certificates)[0]?.trim()).toBe((await fixture('ca-one')).trim());
  expect(problems).toEqual([]);
});

test('anchors of every family of systems are found, each certificate once', async () => {
  const root = await newRoot();
  await putFile(root, '/usr/local/share/ca-certificates/deep/one.crt', await fixture('ca-one'));
  await putFile(
    root,
    '/usr/local/share/ca-certificates/again.crt',
    (await fixture('ca-one')).replaceAll('\n', '\r\n'),
  );
  await putFile(root, '/etc/pki/ca-trust/source/anchors/two.pem', await fixture('ca-two'));
  const {certificates} = await findExtraCaCertificates({}, root);
  expect(
    Object.keys(certificates)
      .map((name) => name.replace(/-[0-9a-f]{8}$/, ''))
      .sort(),
  ).toEqual(['example-test-ca-one', 'example-test-ca-two']);
});

test('what the distribution itself brings, what is over and what is no CA are left out', async () => {
  const root = await newRoot();
  await putFile(root, '/usr/share/ca-certificates/mozilla/one.crt', await fixture('ca-one'));
  const all = (await Promise.all(['ca-one', 'expired', 'leaf'].map(fixture))).join('\n');
  await putFile(root, '/usr/local/share/ca-certificates/all.crt', `${all}\nnonsense`);
  expect((await findExtraCaCertificates({}, root)).certificates).toEqual({});
});

test('a variable that names no file is told by name', async () => {
  const root = await newRoot();
  const check = await checkCertificates({CURL_CA_BUNDLE: '/nowhere/ca.pem'}, root);
  expect(check).toMatchObject({ok: true, level: 'warning', remedy: 'ls -l "$CURL_CA_BUNDLE"'});
  expect(check.message).toContain('CURL_CA_BUNDLE names /nowhere/ca.pem');
});
