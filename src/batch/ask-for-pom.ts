// The probe of Cloudera's repository with this host's proxies and certificates, as a build has them. Loads TLS only to ask.
import {createHash} from 'node:crypto';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Proxies} from '../core/proxies.ts';
import {findProxyFor} from '../core/proxies.ts';
import type {Ask} from '../core/answer.ts';
import type {ProbeQuestion, ProbeResult} from '../maven/dependency-choice.ts';
import {probeRepository} from '../maven/repository-probe.ts';
import {certificateFolders, certificateVariables} from '../host/certificate-places.ts';
import type {Session} from './session.ts';
import type {Environment} from '../core/terminal.ts';

export interface ProbeNetwork {
  readonly proxies: Proxies;
  /** Files of `--ca-cert`. */
  readonly caCertificates: readonly string[];
}

export async function askForPom(
  {paths, clock, env}: Pick<Session, 'paths' | 'clock' | 'env'>,
  question: ProbeQuestion,
  {proxies, caCertificates}: ProbeNetwork,
): Promise<ProbeResult> {
  const ask: Ask = async (...asked) => {
    const {createAsk} = await import('../core/http-ask.ts');
    const {readTrusted} = await import('../host/certificates.ts');
    const ca = await readTrusted(env, caCertificates);
    return createAsk({proxyFor: (url) => findProxyFor(proxies, url), ca})(...asked);
  };
  return probeRepository(question, ask, {
    folder: paths.probes,
    nowMs: clock.now().getTime(),
    dependsOn: [proxies, await hashCertificates(env, caCertificates)],
  });
}

/** Of all files that may hold a certificate which was added to this host; those that cannot be read count as empty. */
async function hashCertificates(env: Environment, files: readonly string[]): Promise<string> {
  const named = certificateVariables.map((name) => env[name] ?? '').filter((path) => path !== '');
  const anchors = await Promise.all(
    certificateFolders.map(async (folder) =>
      (await readdir(folder, {recursive: true}).catch(() => [])).map((name) => join(folder, name)),
    ),
  );
  const hash = createHash('sha256');
  for (const path of [...new Set([...named, ...files, ...anchors.flat().sort()])]) {
    const content = await readFile(path).catch(() => Buffer.alloc(0));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
