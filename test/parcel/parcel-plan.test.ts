import {expect, test} from 'vitest';
import {checkDistro, planParcel, renderParcelName} from '../../src/parcel/parcel-plan.ts';

const made = {finishedAt: '2026-11-27T14:53:35.555Z', features: ['thriftserver'] as const};

test.each([
  [
    ...['cdh5.7.0', '1.6.0-cdh5.7.0', 'BUILD_SPARK-1.6.0-1.cdh5.7.0.p0.20261127.1453-el7.parcel'],
    ...['CDH (>= 5.7.0), CDH (<< 5.7.1)', 'SPARK_THRIFT', '5.7.0', '5.7.1'],
  ],
  [
    ...['cdh6.3.2', '2.4.0-cdh6.3.2', 'BUILD_SPARK-2.4.0-1.cdh6.3.2.p0.20261127.1453-el7.parcel'],
    ...['CDH (>= 6.3.2), CDH (<< 6.3.3)', 'SPARK_THRIFT', '6.3.2', '6.3.3'],
  ],
  [
    ...['spark2-2.4.0-cloudera2', '2.4.0.cloudera2'],
    'BUILD_SPARK2-2.4.0.cloudera2-1.p0.20261127.1453-el7.parcel',
    'CDH (>= 5.9), CDH (<< 6), SPARK2 (>= 2.4.0.cloudera2), SPARK2 (<< 2.4.0.cloudera3)',
    ...['SPARK2_THRIFT', '5.9.0', '5'],
  ],
  [
    ...['my-branch', '1.6.0-cdh5.16.2', 'BUILD_SPARK-1.6.0-1.cdh5.16.2.p0.20261127.1453-el7.parcel'],
    ...['CDH (>= 5.16.2), CDH (<< 5.16.3)', 'SPARK_THRIFT', '5.16.2', '5.16.3'],
  ],
])('%s of Spark %s is %s', (release, projectVersion, file, depends, service, min, max) => {
  const plan = planParcel({release, projectVersion, ...made});
  expect(renderParcelName(plan, 'el7')).toBe(file);
  expect(plan.depends).toBe(depends);
  expect(plan.service).toMatchObject({type: service, cdh: {min, max}});
});

test.each(['1.6.0', '2.4.0-SNAPSHOT', undefined])(
  'a branch of Spark %s goes with no CDH',
  (projectVersion) => {
    expect(() => planParcel({release: 'my-branch', projectVersion, ...made})).toThrow(
      expect.objectContaining({exitCode: 2}),
    );
  },
);

test('a name and a system have no dash, since a file name is divided there; a version may have some', () => {
  for (const release of ['cdh5.7.0', 'spark2-2.4.0-cloudera2']) {
    const plan = planParcel({release, projectVersion: undefined, ...made});
    const [, name, version, distro] = /^(.*?)-(.*)-(.*?)\.parcel$/.exec(renderParcelName(plan, 'el7')) ?? [];
    expect([name, version, distro]).toEqual([plan.name, plan.version, 'el7']);
  }
});

test('a later build is a higher version, and no number of it is longer than an int', () => {
  const at = (finishedAt: string) =>
    planParcel({release: 'cdh5.7.0', projectVersion: '1.6.0-cdh5.7.0', ...made, finishedAt}).version;
  const numbers = (version: string) => version.match(/\d+/g)!.map(Number);
  expect(numbers(at('2026-11-27T23:59:59Z')).at(-1)).toBeLessThan(2 ** 31);
  expect(numbers(at('2099-12-31T23:59:59Z')).every((each) => each < 2 ** 31)).toBe(true);
  expect(numbers(at('2026-11-28T00:01:00Z')).at(-2)).toBeGreaterThan(
    numbers(at('2026-11-27T23:59:59Z')).at(-2)!,
  );
});

test('a system that Cloudera Manager does not know is refused, with those that it knows', () => {
  expect(checkDistro('el7')).toBe('el7');
  for (const distro of ['el-7', 'centos7', '', 'EL7'])
    expect(() => checkDistro(distro), distro).toThrow(
      expect.objectContaining({exitCode: 2, hint: expect.stringContaining('el7')}),
    );
});
