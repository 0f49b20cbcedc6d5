// Whether this host is ready for builds, and whether Cloudera's repository answers it. Changes nothing.
import {version} from 'node:process';
import {projectRoot} from '../core/paths.ts';
import {readProxies} from '../core/proxies.ts';
import type {Terminal} from '../core/terminal.ts';
import {diagnose, type Diagnosis} from '../host/diagnosis.ts';
import {createHost} from '../host/host.ts';
import {parseProvider} from '../host/providers.ts';
import {planQuestion} from '../maven/dependency-choice.ts';
import {readStandIn} from '../maven/stand-in.ts';
import {askForPom} from './ask-for-pom.ts';
import {openSession} from './session.ts';

/** Any release will do: this one is the README's. */
const parent = {groupId: 'com.cloudera.cdh', artifactId: 'cdh-root', version: '5.7.0'};

/** @param asked Provider to look at alone. */
export async function diagnoseHost(
  terminal: Terminal,
  {
    provider: asked,
    isOffline = false,
  }: {readonly provider?: string | undefined; readonly isOffline?: boolean} = {},
): Promise<Diagnosis> {
  const provider = asked === undefined ? undefined : parseProvider(asked);
  const {exec, paths, clock, env} = await openSession(terminal);
  const question = planQuestion(parent, await readStandIn(projectRoot), []);
  return diagnose(createHost(exec, env, paths, version), {
    ...(provider === undefined ? {} : {provider}),
    output: terminal.cwd,
    memoryMib: 6144,
    isOffline,
    ...(isOffline
      ? {}
      : {
          probe: async () =>
            askForPom({paths, clock, env}, question, {proxies: readProxies(env), caCertificates: []}),
        }),
  });
}
