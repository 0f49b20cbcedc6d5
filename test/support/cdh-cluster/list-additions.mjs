// What Cloudera's jars have and Apache's lack, of the repository rig: one jar's name and its members a line, for lay-out.
// Arguments: CDH version. Prints "artifact<tab>member<tab>member …".
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

const file = join(import.meta.dirname, '../../real/cloudera-repository/additions.json');
const {members} = JSON.parse(readFileSync(file, 'utf8'));
const line = process.argv[2].split('.').slice(0, 2).join('.');
const byArtifact = new Map();
for (const {artifactId, lines, member} of members)
  if (lines.includes(line)) byArtifact.set(artifactId, [...(byArtifact.get(artifactId) ?? []), member]);
for (const [artifact, each] of byArtifact) console.log([artifact, ...each].join('\t'));
