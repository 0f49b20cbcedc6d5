// What is said of a bundle that was written, or taken into the caches.
import {renderJson} from '../core/printable.ts';
import type {WrittenBundle} from '../offline/create.ts';
import type {BundleManifest} from '../offline/manifest.ts';
import {quoteCommand} from '../core/quote.ts';
import {renderSize} from '../core/text.ts';

export function renderBundle(
  {files, bytes, manifestSha256, manifest}: WrittenBundle,
  isJson: boolean,
): string {
  const builds = manifest.builds.map(({buildId}) => buildId);
  if (isJson) return `${renderJson({files, bytes, manifestSha256, builds})}\n`;
  return [
    `${files.join(', ')}: ${renderSize(bytes)} for ${builds.join(', ')}`,
    `its list has the checksum ${manifestSha256}`,
    '',
  ].join('\n');
}

export function renderTaken({builds, toolVersion}: BundleManifest, isJson: boolean): string {
  if (isJson) return `${renderJson({toolVersion, builds})}\n`;
  return [
    'This host now has what these builds need:',
    ...builds.map(({command}) => `  ${quoteCommand(command)}`),
    'If the host itself lacks something, first type: build-spark setup --offline',
    '',
  ].join('\n');
}
