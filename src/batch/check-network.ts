// `doctor --network`: asks what builds would need of the network and this host has not, and nothing else. Changes nothing.
import type {Terminal} from '../core/terminal.ts';
import {throwInOrder} from '../core/problems.ts';
import {HostError, UsageError} from '../core/errors.ts';
import {projectRoot} from '../core/paths.ts';
import type {Check} from '../host/host-check.ts';
import {pass} from '../host/host-check.ts';
import {readStandIn} from '../maven/stand-in.ts';
import {openSessionFor, readArguments} from './arguments.ts';
import type {BuildOptions} from './build-options.ts';
import {
  checkPlaces,
  planPlaces,
  planSourcePlace,
  planStartPlaces,
  type Place,
  type PlaceFacts,
} from './network-places.ts';
import type {PlannedBuild} from './plan-run.ts';
import {runPreflight} from './preflight.ts';
import type {Session} from './session.ts';

const sourceCopy = '--source <url or path of a copy>';

export async function checkNetwork(
  terminal: Terminal,
  options: BuildOptions,
): Promise<{readonly ok: boolean; readonly checks: readonly Check[]}> {
  const rows = [{options}];
  const session = await openSessionFor(terminal, rows);
  const {requested, source, proxies, problems} = await readArguments(rows, terminal);
  throwInOrder(problems);
  const [first] = requested;
  if (first === undefined || source === undefined || proxies === undefined)
    throw new UsageError(
      'doctor --network asks what builds need.',
      'Type: build-spark doctor --network --cdh 5.7.0',
    );
  const facts = {request: first.request, source, proxies, standIn: await readStandIn(projectRoot)};
  const places = await findPlaces(session, options, facts);
  const checks =
    places.length === 0
      ? [pass('network', 'Nothing of the network is needed: all is in the caches')]
      : await checkPlaces(places);
  return {ok: checks.every(({ok}) => ok), checks};
}

/** Planned as without a network, so that nobody is asked before all are asked at once. */
async function findPlaces(
  session: Session,
  options: BuildOptions,
  facts: PlaceFacts,
): Promise<readonly Place[]> {
  let builds: readonly PlannedBuild[];
  try {
    const rows = [{options: {...options, offline: true}}];
    ({builds} = await runPreflight(session, rows, {boots: false, onWait: () => undefined}));
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    // Its commits are not here, so that nobody can tell more of these builds.
    const source = planSourcePlace(session, facts.source, {what: 'the source', copy: sourceCopy});
    return [...source, ...(await planStartPlaces(session, facts))];
  }
  return planPlaces(session, builds, facts);
}
