// The address of Maven Central as the Maven in a box knows it: read from the unpacked box, since only root can look there.
import type {AsRoot} from '../core/as-root.ts';
import type {Exec} from '../core/exec.ts';
import {layerStore} from './layers.ts';

/** @returns undefined where no box is unpacked here, or nobody may look without a password. */
export async function readCentral({
  exec,
  asRoot,
}: {
  readonly exec: Exec;
  readonly asRoot: AsRoot;
}): Promise<string | undefined> {
  const ask = async (argv: readonly [string, ...string[]]): Promise<string> =>
    exec(asRoot(argv), {allow: 'any', timeoutMs: 2_000}).then(
      ({stdout}) => stdout,
      () => '',
    );
  const java = '*/rootfs/usr/share/java/maven3-model-builder-*.jar';
  const jars = await ask([
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
  const pom = await ask(['unzip', '-p', jar, 'org/apache/maven/model/pom-4.0.0.xml']);
  return /<repositories>[^]*?<url>([^<\s]+)<\/url>/.exec(pom)?.[1];
}
