import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {planRows} from '../../src/batch/batch-rows.ts';
import {parseBatch} from '../../src/batch/batch-file.ts';
import {renderBatchSchema} from '../../src/batch/batch-schema.ts';
import {projectRoot} from '../../src/core/paths.ts';

const rows = (text: string, typed = {}) => planRows(parseBatch(text, 'm.yaml').batch, typed);

test('the published schema is that of the code: node docs/write-reference.mjs writes it', async () => {
  const text = await readFile(join(projectRoot, 'docs/batch.schema.json'), 'utf8');
  expect(JSON.parse(text)).toEqual(JSON.parse(renderBatchSchema()));
});

test('numbers are taken as they were written: 5.10 is not 5.1', () => {
  expect(rows('releases: [5.10, {cdh: 5.7}]')).toMatchObject([{cdh: ['5.10']}, {cdh: ['5.7']}]);
});

test('combinations in the order of the file, less what is excluded, and what is included', () => {
  const text = `
releases: [5.7.0, 5.8.x]
features: [thriftserver, 'sparkr,thriftserver', none]
deps: [provided, bundled]
exclude: [{features: none, deps: bundled}, {cdh: 5.8.2, deps: bundled}]
include: [{ref: x, features: none, memory: 8GiB}]
`;
  const found = rows(text);
  expect(found).toHaveLength(2 * 3 * 2 - 2 + 1);
  expect(found[1]).toMatchObject({
    path: ['releases', 0],
    features: ['thriftserver'],
    deps: 'bundled',
    excluded: [{cdh: ['5.8.2'], path: ['exclude', 1]}],
  });
  expect(found.at(-1)).toMatchObject({ref: 'x', features: [], options: {memory: '8GiB'}, excluded: []});
});

test('`off` needs no quotes', () => {
  expect(parseBatch('options: {golden-box: off}\nreleases: [5.7.0]', 'm.yaml').batch.options).toEqual({
    'golden-box': 'off',
  });
});

test('what was typed wins; a typed release takes the place of releases and include', () => {
  const text = 'releases: [5.7.0]\ndeps: [provided, bundled]\ninclude: [{cdh: 5.8.0}]\n';
  expect(rows(text, {deps: 'bundled'})).toMatchObject([{deps: 'bundled'}, {cdh: ['5.8.0'], deps: 'bundled'}]);
  expect(rows(text, {selection: {cdh: ['5.9.0']}})).toMatchObject([{cdh: ['5.9.0']}, {cdh: ['5.9.0']}]);
});

test.each([
  ['releases: [5.7.0]\nfeaturs: none', /^m\.yaml:2:1: `featurs` .* `features`\?$/],
  ['releases:\n  - cdh: 5.7.0\n    with: none', /^m\.yaml:3:5: `with` is not known here\.$/],
  ['releases: [5.7.0]\nreleases: []', /^m\.yaml:2:1: /],
  ['releases:\n  - [5.7.0]', /^m\.yaml:2:5: `releases` .* is neither a release/],
  ['- a', /^m\.yaml:1:1: the file .* is no/],
  ['features: spark', /^m\.yaml:1:11: `features` "spark" is neither thriftserver/],
  ['options: {smoke: maybe}', /^m\.yaml:1:18: `options\.smoke` "maybe" is neither true nor false/],
])('%j', (text, message) => {
  expect(() => parseBatch(text, 'm.yaml')).toThrow(message);
});
