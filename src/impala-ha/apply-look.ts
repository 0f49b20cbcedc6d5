// The first steps of `apply`: what the proxy's host is, what stands in the way, and HAProxy's package.
import {UsageError} from '../core/errors.ts';
import type {Step} from '../core/steps.ts';
import {makeChange} from './apply-change.ts';
import {factsOf, type ApplyContext} from './apply-context.ts';
import {readProxyFacts, type ProxyFacts} from './apply-facts.ts';
import {planInstall} from './apply-plan.ts';
import type {Frontend} from './frontends.ts';
import {findLoops, isLoopback} from './loops.ts';
import type {HaSpec} from './spec.ts';

export const look: Step<ApplyContext> = {
  name: 'Look at the host',
  async run({host, spec, frontends, installation, signal, state, onNote}) {
    state.facts = await readProxyFacts(host, installation, namesOf(frontends), signal);
    const {unknownNames} = state.facts;
    if (unknownNames.length > 0)
      throw new UsageError(
        `${host.name} does not know the name ${unknownNames.join(', ')}; HAProxy would not find that daemon.`,
        'Put it into DNS or into /etc/hosts there, or give an address in the spec.',
      );
    refuseLoops(spec, frontends, state.facts);
    const {system, version, service} = state.facts;
    onNote(
      `${system}, HAProxy ${version ?? 'not installed'}, ${service === 'systemd' ? 'systemd' : 'no systemd'}`,
    );
  },
};

export const install: Step<ApplyContext> = {
  name: 'Install HAProxy',
  async run(context) {
    const {host, frontends, installation, signal, state, isDryRun} = context;
    const changes = planInstall(factsOf(context));
    for (const change of changes) await makeChange(context, change);
    if (changes.length > 0 && !isDryRun)
      state.facts = await readProxyFacts(host, installation, namesOf(frontends), signal);
  },
};

/** The spec alone does not know which names and addresses are the host's own. */
function refuseLoops(
  spec: HaSpec,
  frontends: readonly Frontend[],
  {addressesOf, ownAddresses}: ProxyFacts,
): void {
  const loops = findLoops(spec, frontends, {
    addressesOf: (host) => addressesOf.get(host) ?? [host],
    isOwn: (address) => isLoopback(address) || ownAddresses.has(address),
  });
  if (loops.length > 0)
    throw new UsageError(
      `${loops.map(({message}) => message).join('.\n')}.`,
      'Nothing was changed. HAProxy would connect to itself and take that for a daemon.',
    );
}

const namesOf = (frontends: readonly Frontend[]): readonly string[] =>
  frontends.flatMap(({servers}) => servers.map((server) => server.host));
