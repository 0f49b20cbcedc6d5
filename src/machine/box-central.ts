// The addresses that a box knows: of Maven Central, as its Maven has it, and of its package archive. Read from the unpacked
// box, where only root can look.
import type {AsRoot} from '../core/as-root.ts';
import type {Exec} from '../core/exec.ts';
import {layerStore} from './layers.ts';

interface RootTools {
  readonly exec: Exec;
  readonly asRoot: AsRoot;
}

async function ask({exec, asRoot}: RootTools, argv: readonly [string, ...string[]]): Promise<string> {
  return exec(asRoot(argv), {allow: 'any', timeoutMs: 2_000}).then(
    ({stdout}) => stdout,
    () => '',
  );
}

/**
 * @param base Key of the unpacked box.
 * @returns Addresses that apt asks first; empty where no box is unpacked here, or nobody may look without a password.
 */
export async function readArchives(tools: RootTools, base: string): Promise<readonly string[]> {
  const folder = `${layerStore}/${base}/rootfs/etc/apt/sources.list.d`;
  const text = await ask(tools, [
    'find',
    folder,
    '-name',
    '*.sources',
    '-type',
    'f',
    '-exec',
    'cat',
    '{}',
    '+',
  ]);
  return parseSources(text);
}

/** Pure. Source of the format: sources.list(5), DEB822. @returns Where the signed lists of these sources are. */
export function parseSources(text: string): readonly string[] {
  const found = text.split(/\n\s*\n/).flatMap((stanza) => {
    const read = (field: string): readonly string[] =>
      new RegExp(`^${field}:\\s*(.*)$`, 'mi').exec(stanza)?.[1]?.split(/\s+/) ?? [];
    if (/^Enabled:\s*no/im.test(stanza) || !read('Types').includes('deb')) return [];
    const suites = read('Suites').filter((suite) => !suite.endsWith('/'));
    return read('URIs').flatMap((uri) =>
      /^https?:/.test(uri)
        ? suites.map((suite) => `${uri.replace(/\/+$/, '')}/dists/${suite}/InRelease`)
        : [],
    );
  });
  return [...new Set(found)];
}

/** @returns undefined where no box is unpacked here, or nobody may look without a password. */
export async function readCentral(tools: RootTools): Promise<string | undefined> {
  const java = '*/rootfs/usr/share/java/maven3-model-builder-*.jar';
  const jars = await ask(tools, [
    'find',
    layerStore,
    '-maxdepth',
    '6',
    '-path',
    java,
    '-type',
    'f',
    '-print',
    '-quit',
  ]);
  const [jar = ''] = jars.split('\n');
  if (jar === '') return undefined;
  const pom = await ask(tools, ['unzip', '-p', jar, 'org/apache/maven/model/pom-4.0.0.xml']);
  return /<repositories>[^]*?<url>([^<\s]+)<\/url>/.exec(pom)?.[1];
}
