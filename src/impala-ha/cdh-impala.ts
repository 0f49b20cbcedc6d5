// Which Impala each CDH has. Pure data and its look-up. Sources: Cloudera's release notes, "What's New in Apache Impala"
// (docs.cloudera.com/documentation/enterprise/release-notes/topics/impala_new_features.html), which pairs CDH 5.0 to 5.10 and
// 5.12 with an Impala, and the names of CDH's own packages as people list them, such as impala-2.8.0+cdh5.11.1,
// impala-2.10.0+cdh5.13.0, impala-2.11.0+cdh5.14.2, impala-2.12.0+cdh5.15.1, 3.0.0+cdh6.0.1, 3.1.0+cdh6.1.1, 3.2.0+cdh6.3.2.

const impalaOfCdh: Readonly<Record<string, string>> = {
  '5.0': '1.3',
  '5.1': '1.4',
  '5.2': '2.0',
  '5.3': '2.1',
  '5.4': '2.2',
  '5.5': '2.3',
  '5.6': '2.4',
  '5.7': '2.5',
  '5.8': '2.6',
  '5.9': '2.7',
  '5.10': '2.8',
  '5.11': '2.8',
  '5.12': '2.9',
  '5.13': '2.10',
  '5.14': '2.11',
  '5.15': '2.12',
  '5.16': '2.12',
  '6.0': '3.0',
  '6.1': '3.1',
  '6.2': '3.2',
  '6.3': '3.2',
};

/** @param cdh `5.16.2`, `5.16`. @returns undefined for one that is not known. */
export function findImpalaOfCdh(cdh: string): string | undefined {
  return impalaOfCdh[/^\d+\.\d+/.exec(cdh)?.[0] ?? ''];
}

/** Impala 5.0 is the newest that anybody has seen; what is above that is the number of a CDH, or of Cloudera's CDP. */
export function explainForeignVersion(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 5 || (major === 5 && minor === 0)) return undefined;
  const impala = findImpalaOfCdh(version);
  return impala === undefined
    ? `there is no Impala ${version}; give what \`impala-shell --version\` shows, such as '3.4.0'`
    : `${version} is the number of a CDH, whose Impala is ${impala}; write cdh: '${version}' in place of version`;
}

export const knownCdh = `${Object.keys(impalaOfCdh)[0] ?? ''} to ${Object.keys(impalaOfCdh).at(-1) ?? ''}`;
