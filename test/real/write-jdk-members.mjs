// Writes data/jdk8-members.txt, by which `verify --against` knows what Hive's and Hadoop's classes inherit from the JDK.
//   npm run build && node test/real/write-jdk-members.mjs <JDK 9 to 20>/lib/ct.sym <folder of jars>...
// ct.sym is the JDK's own list of what each earlier version has; a folder's name holds the versions it is true of.
// The jars, such as those of hadoop-client, hive-service and a dist, say which of its classes are extended at all.
import {readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {readAhead, readEntries, readEntry, withBytes} from '../../lib/distribution/jar.js';
import {parseClassFile} from '../../lib/linking/class-file.js';
import {isClassEntry} from '../../lib/linking/dist-classes.js';
import {renderJdkClasses} from '../../lib/linking/jdk-classes.js';

const [symbols, ...folders] = process.argv.slice(2);
if (folders.length === 0) throw new Error('Name the file lib/ct.sym of a JDK, and folders of jars.');
const ofJdk8 = /^[0-9A-Z]*8[0-9A-Z]*\/[^/]+\/.*\.sig$/;
const inheritable = ([key, access]) => !key.startsWith('<') && (access & 0x5) !== 0;

const extended = new Set(['java/lang/Object', 'java/lang/Enum']);
for (const folder of folders)
  for (const name of await readdir(folder))
    if (name.endsWith('.jar'))
      await forEachClass(join(folder, name), isClassEntry, ({superName, interfaces}) => {
        for (const above of [superName, ...interfaces]) extended.add(above);
      });

const all = new Map();
await forEachClass(
  symbols,
  (name) => ofJdk8.test(name),
  (file) => all.set(file.name, file),
);
const classes = new Map();
const add = (name) => {
  const file = all.get(name);
  if (file === undefined || classes.has(name)) return;
  classes.set(name, {...file, members: new Map([...file.members].filter(inheritable))});
  for (const above of [file.superName, ...file.interfaces]) add(above);
};
for (const name of extended)
  if (/^javax?\//.test(name) && !/^javax?\/(?:awt|swing|beans)\//.test(name)) add(name);
const head =
  '# Classes of JDK 8 that others extend, with what these inherit: see src/linking/jdk-classes.ts.\n' +
  '# Made by test/real/write-jdk-members.mjs.\n';
await writeFile(
  new URL('../../data/jdk8-members.txt', import.meta.url),
  head + renderJdkClasses(classes.values()),
);
console.log(`${classes.size} classes`);

async function forEachClass(path, isWanted, onClass) {
  await withBytes(path, async (bytes) => {
    const entries = [];
    await readEntries(bytes, (entry) => {
      if (isWanted(entry.name)) entries.push(entry);
    });
    const ahead = readAhead(bytes);
    for (const entry of entries) onClass(parseClassFile(await readEntry(ahead, entry)));
  });
}
