import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  findByCommit,
  findGaps,
  findNearest,
  findMissing,
  findNewestOf,
  findReleases,
  type Line,
} from '../../src/catalogue/find.ts';
import {readCatalogue} from '../../src/catalogue/release-list.ts';
import {UsageError} from '../../src/core/errors.ts';

const catalogue = await readCatalogue();
const find = (line: Line, text: string, ...features: ('thriftserver' | 'sparkr')[]) =>
  findReleases(catalogue, line, text, features);
const tags = (line: Line, text: string): readonly string[] => find(line, text).rows.map(({tag}) => tag);

describe('findReleases', () => {
  test.each([
    ['5.7.0', 'cdh5.7.0-release'],
    ['cdh5.7.0', 'cdh5.7.0-release'],
    ['cdh5.7.0-release', 'cdh5.7.0-release'],
    [' v6.3.3 ', 'cdh6.3.3-release'],
    ['5.0.0-beta-2', 'cdh5.0.0b2-release'],
    ['5.0.0b2', 'cdh5.0.0b2-release'],
    ['5.2.0', 'cdh5.2.0-release'],
  ])('--cdh %s is exactly one release, whatever it can give', (text, tag) => {
    expect(find('cdh', text, 'thriftserver')).toMatchObject({by: 'exact', rows: [{tag}]});
  });

  test.each([
    ['2.4.0-cloudera2', 'spark2-2.4.0-cloudera2'],
    ['2.4.0.cloudera2', 'spark2-2.4.0-cloudera2'],
    ['spark2-2.0.0-beta1', 'spark2-2.0.0-beta1'],
  ])('--spark2 %s is exactly one release', (text, tag) => {
    expect(find('spark2', text)).toMatchObject({by: 'exact', rows: [{tag}]});
  });

  test.each([
    ['cdh', '5.7.x', 7, 'cdh5.7.0-release', 'cdh5.7.6-release'],
    ['cdh', '5.7', 7, 'cdh5.7.0-release', 'cdh5.7.6-release'],
    ['cdh', '>=5.5 <5.8', 15, 'cdh5.5.0-release', 'cdh5.7.6-release'],
    ['cdh', '~5.10.1', 2, 'cdh5.10.1-release', 'cdh5.10.2-release'],
    ['cdh', '5.5.2 || 6.3.3', 2, 'cdh5.5.2-release', 'cdh6.3.3-release'],
    ['cdh', '5.9.0 - 5.10.0', 5, 'cdh5.9.0-release', 'cdh5.10.0-release'],
    ['cdh', '>=5.0.0-beta-2 <5.0.1', 2, 'cdh5.0.0b2-release', 'cdh5.0.0-release'],
    ['cdh', '*', 96, 'cdh5.0.0-release', 'cdh6.3.3-release'],
    ['spark2', '2.4.x', 2, 'spark2-2.4.0-cloudera1', 'spark2-2.4.0-cloudera2'],
    ['spark2', '2.3.0', 4, 'spark2-2.3.0-cloudera1', 'spark2-2.3.0-cloudera4'],
    ['spark2', '<=2.1.0', 6, 'spark2-2.0.0-cloudera1', 'spark2-2.1.0-cloudera4'],
    ['spark2', '>=2.2 <2.4', 8, 'spark2-2.2.0-cloudera1', 'spark2-2.3.0-cloudera4'],
    ['spark2', '>2.3.0', 2, 'spark2-2.4.0-cloudera1', 'spark2-2.4.0-cloudera2'],
    ['spark2', '>=2.3.0-cloudera3', 4, 'spark2-2.3.0-cloudera3', 'spark2-2.4.0-cloudera2'],
    ['spark2', '*', 16, 'spark2-2.0.0-cloudera1', 'spark2-2.4.0-cloudera2'],
    ['spark2', '>=2.0.0-beta1 <2.1.0', 4, 'spark2-2.0.0-beta1', 'spark2-2.0.0-cloudera2'],
  ] as const)('--%s "%s" matches %i, oldest first', (line, text, count, first, last) => {
    const {by, rows} = find(line, text);
    expect({by, count: rows.length, first: rows[0]?.tag, last: rows.at(-1)?.tag}).toEqual({
      by: 'range',
      count,
      first,
      last,
    });
  });

  test('latest is the newest that can be built with what is asked', () => {
    expect(find('cdh', 'latest')).toMatchObject({by: 'latest', rows: [{tag: 'cdh6.3.3-release'}]});
    expect(find('cdh', 'latest', 'sparkr').rows[0]?.tag).toBe('cdh6.3.3-release');
    const newest = find('cdh', 'latest', 'thriftserver').rows[0]!;
    expect(newest.thriftserver.status).not.toBe('no');
    const order = catalogue.findLastIndex(
      (row) => row.tag.startsWith('cdh') && row.thriftserver.status !== 'no',
    );
    expect(newest.tag).toBe(catalogue[order]?.tag);
    expect(find('spark2', 'latest').rows[0]?.tag).toBe('spark2-2.4.0-cloudera2');
  });

  test.each(['5.1.1', '5.3.7', '5.4.6', '5.5.3', '5.8.1', '5.14.1', '5.14.3'])(
    '%s was never released',
    (version) => {
      expect(() => find('cdh', version)).toThrow(/was never released/);
    },
  );

  test.each([
    ['cdh', '5.7.9', /5\.7\.9 is not known.*5\.7\.5, 5\.7\.6, 5\.8\.0, 5\.8\.2/],
    ['cdh', '5.17.0', /not known.*5\.16\.2/],
    ['cdh', '7.1.0', /not known.*6\.3\.3/],
    ['cdh', '4.0.0', /not known.*5\.0\.0/],
    ['cdh', '=5.5.3', /was never released/],
    ['spark2', '2.4.0-cloudera9', /not known.*cloudera2/],
    ['spark2', '2.3.1', /2\.3\.1 is not known.*2\.3\.0-cloudera4/],
  ] as const)('--%s %s names those near it', (line, text, message) => {
    expect(() => find(line, text)).toThrow(message);
    expect(() => find(line, text)).toThrow(UsageError);
  });

  test.each([
    '',
    '  ',
    'abc',
    '>',
    '5.7.0,5.8.0',
    '5.7.0 ||',
    '|| 5.7.0',
    '||',
    '>=5.5 <',
    '5..7',
    '-5.7.0',
    '$(x)',
    '5.7.0; ls',
    '5.7.0\nx',
    '5.7.0.1',
  ])('%j is no version and no range', (text) => expect(() => find('cdh', text)).toThrow(UsageError));

  test.each(['>=7', '<5', '>5.8 <5.5', '5.99.x'])('"%s" matches nothing, and says what there is', (text) => {
    expect(() => find('cdh', text)).toThrow(/No release of CDH matches.*5\.0\.0-beta-2 to 6\.3\.3/);
  });

  test('any text gives rows or a UsageError', () => {
    const words = fc.array(
      fc.constantFrom(
        '5',
        '.',
        'x',
        '7',
        '>=',
        '<',
        ' ',
        '-',
        '||',
        '*',
        '~',
        '^',
        'cloudera1',
        '"',
        'v',
        '0',
      ),
      {maxLength: 9},
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          words.map((parts) => parts.join('')),
        ),
        fc.constantFrom('cdh', 'spark2'),
        (text, line) => {
          try {
            expect(find(line, text).rows.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
          }
        },
      ),
    );
  });

  test('every release is found by its own name', () => {
    for (const row of catalogue) {
      const line = row.tag.startsWith('spark2') ? 'spark2' : 'cdh';
      expect(tags(line, row.tag.startsWith('spark2') ? row.tag : row.cdhVersion!)).toEqual([row.tag]);
    }
  });
});

test('findNewestOf keeps the newest of each line', () => {
  const newest = (line: Line, text: string, each: 'minor' | 'major'): readonly string[] =>
    findNewestOf(find(line, text).rows, line, each).map(({tag}) => tag);
  expect(newest('cdh', '>=5.9 <5.12', 'minor')).toEqual([
    'cdh5.9.3-release',
    'cdh5.10.2-release',
    'cdh5.11.2-release',
  ]);
  expect(newest('cdh', '*', 'major')).toEqual(['cdh5.16.2-release', 'cdh6.3.3-release']);
  expect(newest('spark2', '*', 'minor')).toHaveLength(5);
});

test('findMissing gives the reason of the first feature that cannot be had', () => {
  const row = find('cdh', '5.16.2').rows[0]!;
  const thriftserver = {status: 'no', reason: 'because'} as const;
  expect(findMissing({...row, thriftserver}, ['sparkr', 'thriftserver'])).toEqual({
    feature: 'thriftserver',
    reason: 'because',
  });
  expect(
    findMissing({...row, thriftserver: {status: 'patched', reason: 'ours', patch: 'p'}}, ['thriftserver']),
  ).toBeUndefined();
});

test('the numbers that were left out are named, and only those between what is shown', () => {
  expect(findGaps(catalogue, catalogue)).toEqual([
    '5.1.1',
    '5.3.7',
    '5.4.6',
    '5.5.3',
    '5.8.1',
    '5.14.1',
    '5.14.3',
  ]);
  expect(findGaps(catalogue, find('cdh', '5.5.x').rows)).toEqual(['5.5.3']);
  expect(findGaps(catalogue, find('cdh', '5.5.4 || 5.5.6').rows)).toEqual([]);
});

test.each([
  ['cdh5.4.0-release', ['sparkr'], {line: 'cdh', version: '5.5.0'}],
  ['cdh6.0.0-release', ['sparkr', 'thriftserver'], {line: 'cdh', version: '6.0.1'}],
  ['cdh5.0.0-release', ['sparkr'], {line: 'cdh', version: '5.5.0'}],
  ['spark2-2.3.0-cloudera4', ['thriftserver'], {line: 'spark2', version: '2.4.0-cloudera1'}],
] as const)('near %s the release with %o is %o', (tag, features, nearest) => {
  const row = catalogue.find((candidate) => candidate.tag === tag)!;
  expect(findNearest(catalogue, row, features)).toEqual(nearest);
  expect(findNearest(catalogue, {...row, tag: 'my-fork'}, ['sparkr'])?.line).not.toBe('spark2');
});

test('findByCommit finds a release by what it is, not by its name', () => {
  expect(findByCommit(catalogue, '09d6fdd7be3a22fbcaebb23dcb4c6ae2312dd28d')?.tag).toBe('cdh5.7.0-release');
  expect(findByCommit(catalogue, '0'.repeat(40))).toBeUndefined();
});
