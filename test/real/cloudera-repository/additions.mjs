// What Cloudera's jars have and Apache's lack: the classes of our bridge, and members that are called of Cloudera's
// classes (additions.json). Compiled here with the host's JDK. Knows no path of the repository.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, mkdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';

const folder = import.meta.dirname;
const {members} = JSON.parse(readFileSync(join(folder, 'additions.json'), 'utf8'));
const asm = '9.7';
/** The same bytes each time: a cache refuses others under a name that it knows. */
const date = '2016-03-01T00:00:00Z';

/** The jar with what CDH's has besides; as it is, where there is nothing. */
export async function addToJar({bytes, group, artifact, version, base, data, root, lines}) {
  const line = /-cdh(\d+\.\d+)\.\d+$/.exec(version)?.[1] ?? '';
  const bridges = (lines[line]?.bridges ?? []).map((name) => data.bridges[name]);
  const bridge = bridges.find(({compileAgainst}) => isOne(compileAgainst[0], group, artifact));
  const wanted = members.filter((each) => isOne(each, group, artifact) && each.lines.includes(line));
  const isPlugin = artifact.endsWith('-maven-plugin');
  if (bridge === undefined && wanted.length === 0 && !isPlugin) return bytes;
  const scratch = mkdtempSync(join(tmpdir(), 'cloudera-repository-'));
  try {
    const jar = join(scratch, 'it.jar');
    writeFileSync(jar, bytes);
    if (bridge !== undefined)
      await addBridge(scratch, jar, bridge, {base, root, versions: lines[line].versions});
    if (wanted.length > 0) await addMembers(scratch, jar, wanted, base);
    if (isPlugin) renamePlugin(scratch, jar, version);
    return readFileSync(jar);
  } finally {
    rmSync(scratch, {recursive: true});
  }
}

/** A plugin says in its descriptor which version it is, and Maven looks. */
function renamePlugin(scratch, jar, version) {
  const file = 'META-INF/maven/plugin.xml';
  const text = execFileSync('unzip', ['-p', jar, file], {encoding: 'utf8'});
  mkdirSync(dirname(join(scratch, file)), {recursive: true});
  writeFileSync(join(scratch, file), text.replace(/<version>[^<]*</, `<version>${version}<`));
  execFileSync('jar', ['--update', `--file=${jar}`, `--date=${date}`, '-C', scratch, file]);
}

function isOne({groupId, artifactId}, group, artifact) {
  return groupId === group && artifactId === artifact;
}

async function addBridge(scratch, jar, {sources, compileAgainst}, {base, root, versions}) {
  const classPath = [jar];
  for (const {groupId, artifactId, version} of compileAgainst.slice(1)) {
    const number = version.replace(/\$\{(.*)\}/, (_, name) => versions[name][0]);
    classPath.push(await keep(scratch, groupId, artifactId, number, base));
  }
  const source = join(root, 'patches/dependencies', sources);
  const files = readdirSync(source, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const out = join(scratch, 'classes');
  mkdirSync(out);
  execFileSync('javac', ['--release', '8', '-nowarn', '-cp', classPath.join(':'), '-d', out, ...files], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  execFileSync('jar', ['--update', `--file=${jar}`, `--date=${date}`, '-C', out, '.']);
}

async function addMembers(scratch, jar, wanted, base) {
  const library = await keep(scratch, 'org.ow2.asm', 'asm', asm, base);
  const words = wanted.map(({member}) => member);
  execFileSync('java', ['-cp', library, join(folder, 'AddMembers.java'), jar, ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function keep(scratch, group, artifact, version, base) {
  const path = `${group.replaceAll('.', '/')}/${artifact}/${version}/${artifact}-${version}.jar`;
  const bytes = await base(path);
  if (bytes === undefined) throw new Error(`Nobody has ${path}`);
  const file = join(scratch, `${artifact}.jar`);
  writeFileSync(file, bytes);
  return file;
}

export function makeEmptyJar() {
  const scratch = mkdtempSync(join(tmpdir(), 'cloudera-repository-'));
  try {
    mkdirSync(join(scratch, 'META-INF'));
    execFileSync('jar', [
      '--create',
      '--no-manifest',
      `--file=${join(scratch, 'it.jar')}`,
      `--date=${date}`,
      '-C',
      scratch,
      'META-INF',
    ]);
    return readFileSync(join(scratch, 'it.jar'));
  } finally {
    rmSync(scratch, {recursive: true});
  }
}
