// `impala-ha clients`: prints what to change in the clients.
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {planClients, renderClients} from '../../ha/clients.ts';
import type {Terminal} from '../terminal.ts';
import {readSpecFile} from './spec-file.ts';

export async function run(
  terminal: Terminal,
  {spec, json}: {readonly spec: string; readonly json?: true},
): Promise<ExitCode> {
  const clients = planClients(await readSpecFile(spec, terminal));
  terminal.stdout.write(
    json === true ? `${JSON.stringify({clients}, undefined, 2)}\n` : renderClients(clients),
  );
  return exitCodes.done;
}
