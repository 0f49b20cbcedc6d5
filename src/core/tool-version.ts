// Reads the version of this tool. Apart from the session, so that `--version` and `--help` load next to nothing.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {projectRoot} from './paths.ts';

export function readVersion(): string {
  const {version} = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {version: string};
  return version;
}
