// A source that takes a minute: the sample, with Cloudera's parent pom, one dependency of Cloudera's, and the
// repositories that Cloudera's tags name, all of them dead. Made by the tool itself and git.
import {execFileSync} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';

/** Nobody answers at these addresses; what sends there is not told so. */
const dead = [
  ['apache-repo', 'https://192.0.2.66/releases'],
  ['jboss-repo', 'https://192.0.2.67/releases'],
  ['mqtt-repo', 'https://192.0.2.68/releases'],
  ['spark-hive-staging', 'https://192.0.2.69/content'],
  ['mapr-repo', 'http://192.0.2.70/maven'],
  ['twttr-repo', 'http://192.0.2.71/'],
];

/**
 * @param {{run: (argv: readonly string[]) => Promise<unknown>, folder: string}} options The tool, and an empty folder.
 * @returns {Promise<string>} Path of a repository for `--source`, with the tag of 5.5.2.
 */
export async function makeSmallSource({run, folder}) {
  // Without features the script still removes what was not built, as Cloudera's does.
  await run(['source', '--cdh', '5.5.2', '--source', 'sample', '--with', 'none', '--output', folder]);
  const source = join(folder, 'source-cdh5.5.2');
  const edit = async (file, change) =>
    writeFile(join(source, file), change(await readFile(join(source, file), 'utf8')));
  const repositories = [['cdh.repo', 'https://repository.cloudera.com/artifactory/cloudera-repos'], ...dead]
    .map(([id, url]) => `<repository><id>${id}</id><url>${url}</url></repository>`)
    .join('\n    ');
  await edit('pom.xml', (text) =>
    text
      .replace(
        '  <groupId>org.apache.spark</groupId>',
        '  <parent>\n    <groupId>com.cloudera.cdh</groupId>\n    <artifactId>cdh-root</artifactId>\n    <version>5.5.2</version>\n  </parent>\n$&',
      )
      .replace('  <properties>', `  <repositories>\n    ${repositories}\n  </repositories>\n\n$&`),
  );
  await edit('core/pom.xml', (text) => {
    const dependency =
      '<dependency><groupId>org.apache.hadoop</groupId><artifactId>hadoop-annotations</artifactId>' +
      '<version>${cdh.hadoop.version}</version><scope>provided</scope>' +
      '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>';
    return text.includes('<dependencies>')
      ? text.replace('<dependencies>', `$&\n    ${dependency}`)
      : text.replace('</project>', `  <dependencies>\n    ${dependency}\n  </dependencies>\n</project>`);
  });
  const mqtt = join(source, 'external/mqtt/pom.xml');
  await mkdir(dirname(mqtt), {recursive: true});
  // Of no module: for the edit that changes it.
  await writeFile(
    mqtt,
    '<project>\n  <artifactId>spark-streaming-mqtt_2.10</artifactId>\n  <version>1.0.1</version>\n</project>\n',
  );
  const git = (...words) =>
    execFileSync('git', ['-C', source, '-c', 'user.name=M', '-c', 'user.email=m@example.org', ...words]);
  git('init', '--quiet');
  git('add', '--all', '--force');
  git('commit', '--quiet', '--message', 'The sample with the parent of CDH');
  git('tag', 'cdh5.5.2-release');
  return source;
}
