// Apache's artifacts, of which Cloudera's are made here: from what the tool's Maven cache and this user's local Maven
// repository have, else from Maven Central, whose address Maven itself knows. Kept on disk. Knows no version.
import {Buffer} from 'node:buffer';
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, realpathSync} from 'node:fs';
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';

/**
 * @param {{folder: string, cache: string, env: NodeJS.ProcessEnv}} options Where it keeps what it fetched; the tool's cache.
 * @returns {(path: string) => Promise<Buffer | undefined>} undefined: nobody has it.
 */
export function openBaseArtifacts({folder, cache}) {
  const known = readSets(cache);
  /** @type {Map<string, Promise<Buffer | undefined>>} */
  const running = new Map();
  let central = '';

  const find = async (path) => {
    const kept = join(folder, path);
    const inCache = known.get(path);
    const places = [
      kept,
      ...(inCache === undefined ? [] : [inCache]),
      join(homedir(), '.m2/repository', path),
    ];
    for (const place of places) {
      const bytes = await readFile(place).catch(() => undefined);
      if (bytes !== undefined) return bytes;
    }
    if (existsSync(`${kept}.missing`)) return undefined;
    central ||= readCentral();
    const bytes = await fetchFile(`${central.replace(/\/$/, '')}/${path}`);
    await mkdir(dirname(kept), {recursive: true});
    await writeFile(bytes === undefined ? `${kept}.missing` : `${kept}.part`, bytes ?? '');
    if (bytes !== undefined) await rename(`${kept}.part`, kept);
    return bytes;
  };
  return (path) => {
    const found = running.get(path) ?? find(path).finally(() => running.delete(path));
    running.set(path, found);
    return found;
  };
}

async function fetchFile(url) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await globalThis.fetch(url);
    if (answer.status === 404) return undefined;
    if (answer.ok) {
      const bytes = Buffer.from(await answer.arrayBuffer());
      const sum = await globalThis.fetch(`${url}.sha1`).then((found) => (found.ok ? found.text() : ''));
      if (sum === '' || sum.slice(0, 40) === createHash('sha1').update(bytes).digest('hex')) return bytes;
    }
    if (attempt === 3) throw new Error(`${url} answers ${answer.status}`);
  }
}

/** The tool's cache: files by their checksum, sets with the path of each. */
function readSets(cache) {
  const folder = join(cache, 'maven');
  const names = existsSync(join(folder, 'builds')) ? readdirSync(join(folder, 'builds')) : [];
  const entries = names
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const {artifacts = []} = JSON.parse(readFileSync(join(folder, 'builds', name), 'utf8'));
      return artifacts
        .filter(({repository}) => repository === 'central')
        .map(({path, sha256}) => /** @type {const} */ ([path, join(folder, 'files', sha256)]));
    });
  return new Map(entries);
}

/** As patches/dependencies/install.sh does it in the machine. */
function readCentral() {
  const mvn = execFileSync('sh', ['-c', 'command -v mvn'], {encoding: 'utf8'}).trim();
  const library = join(dirname(dirname(realpathSync(mvn))), 'lib');
  const jar = readdirSync(library).find((name) => name.startsWith('maven-model-builder'));
  if (jar === undefined) throw new Error(`${library} has no maven-model-builder`);
  const file = 'org/apache/maven/model/pom-4.0.0.xml';
  const pom = execFileSync('unzip', ['-p', join(library, jar), file], {encoding: 'utf8'});
  const [, url = ''] = /<repositories>[\s\S]*?<url>([^<]*)<\/url>/.exec(pom) ?? [];
  return url;
}
