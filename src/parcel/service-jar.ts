// Writes the jar with which Cloudera Manager learns a service: its description, and the script that runs the role.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {ZipFile} from 'yazl';
import {writeDraft} from '../core/draft-file.ts';
import {projectRoot} from '../core/paths.ts';
import {quoteWord} from '../core/quote.ts';
import {serverClass} from '../distribution/cloudera-spark.ts';
import {findParcelVariable} from './parcel-files.ts';
import type {ParcelPlan} from './parcel-plan.ts';
import {describeService, principalVariable} from './service-description.ts';

/** `<service>-<version>.jar`, as Cloudera Manager wants it. @returns The file's name. */
export async function writeServiceJar(plan: ParcelPlan, release: string, output: string): Promise<string> {
  const {type, version, label} = plan.service;
  const name = `${type}-${version}.jar`;
  const zip = new ZipFile();
  const add = (path: string, text: string, mode: number): void =>
    zip.addBuffer(Buffer.from(text), path, {
      mtime: plan.madeAt,
      mode: 0o100000 | mode,
      forceDosTimestamp: true,
    });
  const description = `${JSON.stringify(describeService(plan, release), undefined, 2)}\n`;
  add('descriptor/service.sdl', description, 0o644);
  add('scripts/control.sh', await readFile(join(projectRoot, 'data/parcel/control.sh'), 'utf8'), 0o755);
  add('scripts/service.sh', renderServiceSettings(plan, label), 0o644);
  zip.end();
  await writeDraft(
    join(output, name),
    (handle) => pipeline(zip.outputStream, handle.createWriteStream()),
    0o644,
  );
  return name;
}

/** Read by control.sh: which parcel and which keys are this service's. */
function renderServiceSettings(plan: ParcelPlan, label: string): string {
  return [
    '# shellcheck shell=bash disable=SC2034',
    '# Made by build-spark parcel; read by control.sh.',
    `label=${quoteWord(label)}`,
    `parcel=\${${findParcelVariable(plan)}:-}`,
    `server_class=${serverClass}`,
    // Cloudera Manager names the keys of a role after its service.
    `role_keytab=\${CONF_DIR:-}/${plan.service.type.toLowerCase()}.keytab`,
    `role_principal=\${${principalVariable}:-}`,
    '',
  ].join('\n');
}
