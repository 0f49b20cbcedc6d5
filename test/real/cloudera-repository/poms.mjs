// The poms of this repository: cdh-root, and Apache's with Cloudera's versions in them. Pure text.

const old = 'https://repository.cloudera.com/artifactory';

/** As Cloudera's: versions as properties, and repositories at their old addresses. */
export function renderRoot(version, properties) {
  const lines = [...properties].map(([name, value]) => `    <${name}>${value}</${name}>`);
  const repositories = ['cloudera-repos', 'libs-release-local'].map(
    (name, index) =>
      `    <repository><id>${['cdh.repo', 'cdh.releases.repo'][index]}</id><url>${old}/${name}</url></repository>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>com.cloudera.cdh</groupId>',
    '  <artifactId>cdh-root</artifactId>',
    `  <version>${version}</version>`,
    '  <packaging>pom</packaging>',
    ...['  <properties>', ...lines, '  </properties>'],
    ...['  <repositories>', ...repositories, '  </repositories>'],
    ...['  <dependencyManagement>', '    <dependencies>'],
    // CDH 5.11 and later take its version from here.
    '      <dependency><groupId>org.apache.hadoop</groupId><artifactId>hadoop-common</artifactId><version>${cdh.hadoop.version}</version></dependency>',
    ...['    </dependencies>', '  </dependencyManagement>', '</project>', ''],
  ].join('\n');
}

export function renderEmpty(group, artifact, version) {
  return `<project><modelVersion>4.0.0</modelVersion><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></project>\n`;
}

const blocks = /<(parent|dependency|extension)>[\s\S]*?<\/\1>/g;

/** What a pom names, and may have another version here. */
export function listNamed(text) {
  return [...withoutComments(text).matchAll(blocks)].map(([block]) => readCoordinates(block));
}

/**
 * @param {string} text
 * @param {{from: string, to: string}} own Its own version.
 * @param {(group: string, artifact: string) => string | undefined} versionOf As it is here; undefined: it stays.
 */
export function rewritePom(text, own, versionOf) {
  const bare = withoutComments(text);
  const changed = bare.replace(blocks, (block) => {
    const {group, artifact} = readCoordinates(block);
    const version = versionOf(group, artifact);
    return version === undefined
      ? block
      : block.replace(/<version>[^<]*<\/version>/, `<version>${version}</version>`);
  });
  // Its own version stands outside of all that has versions inside.
  const spans = [
    ...changed.matchAll(
      /<(parent|dependencies|dependencyManagement|build|profiles|reporting|properties)>[\s\S]*?<\/\1>/g,
    ),
  ];
  return changed.replace(/<version>([^<]*)<\/version>/g, (whole, value, offset) => {
    const isInside = spans.some(({index, 0: {length}}) => offset > index && offset < index + length);
    return isInside || value !== own.from ? whole : `<version>${own.to}</version>`;
  });
}

function withoutComments(text) {
  return text.replace(/<!--[\s\S]*?-->/g, '');
}

function readCoordinates(block) {
  const read = (name) => new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(block)?.[1] ?? '';
  return {group: read('groupId'), artifact: read('artifactId')};
}

export function renderMetadata(group, artifact, versions) {
  const all = versions.map((version) => `<version>${version}</version>`).join('');
  const newest = versions.at(-1) ?? '';
  return `<metadata><groupId>${group}</groupId><artifactId>${artifact}</artifactId><versioning><latest>${newest}</latest><release>${newest}</release><versions>${all}</versions></versioning></metadata>\n`;
}
