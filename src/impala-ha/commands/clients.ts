// `impala-ha clients`: prints what to change in the clients.
import {exitCodes, type ExitCode} from '../../core/errors.ts';
import {planClients, renderClients} from '../client-settings.ts';
import {planLayout} from '../layout.ts';
import type {Terminal} from '../../core/terminal.ts';
import {readSpecFile} from '../spec-file.ts';

export async function run(
  terminal: Terminal,
  {
    spec: file,
    json,
    article,
  }: {readonly spec: string; readonly json?: true; readonly article?: string | true},
): Promise<ExitCode> {
  const spec = await readSpecFile(file, terminal);
  const clients = planClients(spec, planLayout(spec, article).frontends);
  terminal.stdout.write(
    json === true ? `${JSON.stringify({clients}, undefined, 2)}\n` : renderClients(clients),
  );
  return exitCodes.done;
}
