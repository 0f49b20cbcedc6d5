// What lies under a path of this repository: made on demand of Apache's artifact of the base version. Knows no socket.
import {Buffer} from 'node:buffer';
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {addToJar, makeEmptyJar} from './additions.mjs';
import {listNamed, renderEmpty, renderMetadata, renderRoot, rewritePom} from './poms.mjs';
import {findBase, findFamily, planRelease} from './versions.mjs';

const sums = {'.sha1': 'sha1', '.md5': 'md5', '.sha256': 'sha256'};

/**
 * @param {{base: (path: string) => Promise<Buffer | undefined>, data: any, releases: readonly string[], cache: string,
 *   root: string}} options Versions and bridges of patches/dependencies; releases of CDH, oldest first.
 * @returns {(path: string) => Promise<Buffer | undefined>} undefined: there is nothing.
 */
export function openArtifacts({base, data, releases, cache, root}) {
  const {lines} = data;
  /** @type {Map<string, Promise<Buffer | undefined>>} */
  const made = new Map();

  const make = async (path) => {
    const words = path.split('/');
    const file = words.at(-1) ?? '';
    if (file === 'maven-metadata.xml') return describe(words.slice(0, -2).join('.'), words.at(-2) ?? '');
    const [version = '', artifact = ''] = words.slice(-3, -1).reverse();
    const group = words.slice(0, -3).join('.');
    if (!file.startsWith(`${artifact}-${version}`)) return undefined;
    if (group === 'com.cloudera.cdh' && artifact === 'cdh-root') {
      const release = planRelease(version, lines);
      return release !== undefined && file.endsWith('.pom')
        ? Buffer.from(renderRoot(version, release.properties))
        : undefined;
    }
    if (artifact === 'logredactor') {
      return file.endsWith('.pom')
        ? Buffer.from(renderEmpty(group, artifact, version))
        : file.endsWith('.jar')
          ? makeEmptyJar()
          : undefined;
    }
    const kept = readCompiled(cache, path, version);
    if (kept !== undefined) return kept;
    const baseVersion = findBase(group, artifact, version, lines);
    if (baseVersion === undefined) return undefined;
    const from = `${words.slice(0, -2).join('/')}/${baseVersion}/${artifact}-${baseVersion}${file.slice(`${artifact}-${version}`.length)}`;
    const bytes = await base(from);
    if (bytes === undefined) return undefined;
    if (file.endsWith('.pom')) return rewrite(bytes.toString(), {from: baseVersion, to: version});
    return file === `${artifact}-${version}.jar`
      ? addToJar({bytes, group, artifact, version, base, data, root, lines})
      : bytes;
  };

  const rewrite = async (text, own) => {
    const release = planRelease(/-cdh(\S+)$/.exec(own.to)?.[1] ?? '', lines);
    const versions = new Map();
    for (const {group, artifact} of listNamed(text)) {
      const family = findFamily(release, group, artifact);
      if (family === undefined || artifact.includes('$')) continue;
      const pom = `${group.replaceAll('.', '/')}/${artifact}/${family.base}/${artifact}-${family.base}.pom`;
      if ((await base(pom)) !== undefined) versions.set(`${group}:${artifact}`, family.version);
    }
    return Buffer.from(rewritePom(text, own, (group, artifact) => versions.get(`${group}:${artifact}`)));
  };

  const describe = (group, artifact) => {
    if (group === 'com.cloudera.cdh' && artifact === 'cdh-root')
      return Buffer.from(renderMetadata(group, artifact, releases));
    const versions = releases
      .map((cdh) => findFamily(planRelease(cdh, lines), group, artifact)?.version)
      .filter(Boolean);
    return versions.length === 0 ? undefined : Buffer.from(renderMetadata(group, artifact, versions));
  };

  const find = (path) => {
    const running = made.get(path) ?? make(path);
    made.set(path, running);
    running.catch(() => made.delete(path));
    return running;
  };
  return async (path) => {
    const ending = Object.keys(sums).find((each) => path.endsWith(each));
    if (ending === undefined) return find(path);
    const bytes = await find(path.slice(0, -ending.length));
    return bytes === undefined
      ? undefined
      : Buffer.from(createHash(sums[ending]).update(bytes).digest('hex'));
  };
}

/** Parquet of Cloudera's own source, where an earlier build with `--dependencies apache` compiled it. */
function readCompiled(cache, path, version) {
  const [, cdh] = /-cdh(\S+)$/.exec(version) ?? [];
  if (cdh === undefined || !/^(?:com\/twitter|org\/apache\/parquet)\/parquet/.test(path)) return undefined;
  const folder = join(cache, 'modules');
  let names = [];
  try {
    names = readdirSync(folder).filter(
      (name) => name.startsWith('parquet-') && name.includes(`-cdh${cdh}-release-`),
    );
  } catch {
    // No build has left any.
  }
  for (const name of names) {
    try {
      return execFileSync('tar', ['-xOf', join(folder, name), `./${path}`], {
        stdio: ['ignore', 'pipe', 'ignore'],
        maxBuffer: 64 * 1024 ** 2,
      });
    } catch {
      // Of another module.
    }
  }
  return undefined;
}
