import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {projectRoot} from '../../src/core/paths.ts';
import {planParcel} from '../../src/parcel/parcel-plan.ts';
import {describeService} from '../../src/parcel/service-description.ts';
import {makeDist, makeOf, readJar} from './made.ts';

const finishedAt = '2026-11-27T14:53:35.555Z';
const describe = (release: string, projectVersion: string) =>
  describeService(planParcel({release, projectVersion, finishedAt, features: ['thriftserver']}), release);
const one = describe('cdh5.7.0', '1.6.0-cdh5.7.0');
const two = describe('spark2-2.4.0-cloudera2', '2.4.0.cloudera2');

test('the jar is named after the service, and holds what the role runs', async () => {
  const {folder, service} = await makeOf(await makeDist());
  expect(service).toBe('SPARK_THRIFT-5.7.0.jar');
  const jar = await readJar(join(folder, service!));
  expect(Object.keys(jar).toSorted()).toEqual([
    ...['descriptor/service.sdl', 'scripts/control.sh', 'scripts/service.sh'],
  ]);
  const {roles} = JSON.parse(jar['descriptor/service.sdl']!) as typeof one;
  expect(jar[roles[0]!.startRunner.program]).toContain('#!/usr/bin/env bash');
});

test('both Sparks can be services of one Cloudera Manager', () => {
  expect(one.name).not.toBe(two.name);
  expect(one.roles[0]!.name).not.toBe(two.roles[0]!.name);
  expect(one.roles[0]!.logging.dir).not.toBe(two.roles[0]!.logging.dir);
  expect(two.parcel.requiredTags).toEqual(['build_spark2', 'spark2', 'cdh']);
  for (const {name} of [one, two, one.roles[0]!, two.roles[0]!]) expect(name).toMatch(/^[A-Z0-9_]+$/);
});

test('every substitution names a parameter of the role, or what Cloudera Manager knows', () => {
  const role = one.roles[0]!;
  const known = ['host', 'user', 'group', ...role.parameters.map(({name}) => name)];
  const used = [
    ...JSON.stringify([role.startRunner, role.commands, role.externalLink]).matchAll(/\$\{(\w+)\}/g),
  ];
  expect(used.length).toBeGreaterThan(10);
  for (const [, name] of used) expect(known).toContain(name);
  // A setting that nobody reads would be a lie.
  for (const {name} of role.parameters) expect(used.map(([, each]) => each)).toContain(name);
});

test('the script reads every variable that the service gives, and no other of its kind', async () => {
  const script = await readFile(join(projectRoot, 'data/parcel/control.sh'), 'utf8');
  const read = new Set(script.match(/\bTHRIFT_[A-Z_]+/g));
  const given = new Set(Object.keys(one.roles[0]!.startRunner.environmentVariables));
  expect(read).toEqual(given);
});

test('defaults lie within their bounds, and what is required has one', () => {
  for (const parameter of one.roles[0]!.parameters) {
    if ('required' in parameter) expect(parameter.default).not.toBe('');
    if (parameter.min !== undefined) expect(parameter.default).toBeGreaterThanOrEqual(parameter.min);
    for (const text of [parameter.label, parameter.description]) expect(text).not.toBe('');
  }
});
