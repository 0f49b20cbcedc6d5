// `report`: reads what runs left and writes it as one file. Knows no terminal.
import {resolve} from 'node:path';
import {describeError, HostError} from '../core/errors.ts';
import {writeTextFile} from '../core/files.ts';
import {readVersion} from '../core/tool-version.ts';
import {readAssets, renderDocument, type PageAssets} from '../page/document.ts';
import {html} from '../page/html.ts';
import {renderTime} from '../page/widgets.ts';
import {readPageData, type PageData, type PageQuery} from './page-data.ts';
import {renderContent, renderTitle} from './render-page.ts';

export function renderPage(data: PageData, assets: PageAssets, isLive = false): string {
  return renderDocument(assets, {
    title: renderTitle(data),
    content: renderContent(data),
    origin: html`Written by build-spark ${readVersion()}, ${renderTime(data.nowMs)} UTC. Nothing on this page
    is fetched from anywhere.`,
    isLive,
  });
}

/** @returns Where it is. @throws HostError when it cannot be written there. */
export async function writeReport(query: PageQuery, output: string, cwd: string): Promise<string> {
  const path = resolve(cwd, output);
  const [data, assets] = await Promise.all([readPageData(query), readAssets()]);
  await writeTextFile(path, renderPage(data, assets)).catch((error: unknown) => {
    throw new HostError(
      `${path} cannot be written: ${describeError(error)}.`,
      'Name another file: --output <file>',
      {
        cause: error,
      },
    );
  });
  return path;
}
