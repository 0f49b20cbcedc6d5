// From the command line as commander hands it over to the request that is planned.
import {Command} from 'commander';
import {describe, expect, test} from 'vitest';
import {parseRequest, type BuildRequestInput} from '../../src/recipe/build-request.ts';
import {addMachineOptions, addSelectionOptions} from '../../src/cli/options.ts';
import {renderRequestInput, type BuildOptions} from '../../src/batch/build-options.ts';
import {ProblemsError, UsageError} from '../../src/core/errors.ts';

function read(...argv: readonly string[]): ReturnType<typeof parseRequest> {
  const command = addMachineOptions(addSelectionOptions(new Command()))
    .exitOverride()
    .configureOutput({writeErr: () => undefined});
  command.parse([...argv], {from: 'user'});
  return parseRequest(renderRequestInput(command.opts<BuildOptions>(), '/work'));
}

describe('argv becomes a request', () => {
  test('with nothing but a release, the defaults of the documentation hold', () => {
    expect(read('--cdh', '5.7.0')).toEqual({
      cdh: ['5.7.0'],
      spark2: [],
      source: 'https://github.com/cloudera/spark',
      refresh: false,
      features: ['thriftserver'],
      deps: 'provided',
      dependencies: 'auto',
      compileTests: false,
      patches: [],
      profiles: [],
      defines: [],
      output: '/work',
      memoryMib: 6144,
      goldenBox: 'auto',
      retry: 1,
      timeoutMs: 10_800_000,
      silenceMs: 1_200_000,
      onFailure: 'destroy',
      keepForMs: 7_200_000,
      mirrors: [],
      caCertificates: [],
      force: false,
      forceUnsupported: false,
      smoke: false,
      offline: false,
      reproducible: false,
      tar: false,
    });
  });

  test.each<[string, readonly string[], Partial<BuildRequestInput>]>([
    ['several ranges', ['--cdh', '5.7.0', '--cdh', '>=5.5 <5.8'], {cdh: ['5.7.0', '>=5.5 <5.8']}],
    ['spark2', ['--spark2', '2.4.0-cloudera2'], {cdh: [], spark2: ['2.4.0-cloudera2']}],
    ['a ref', ['--ref', 'refs/tags/apache-spark-2.2.0'], {ref: 'refs/tags/apache-spark-2.2.0'}],
    [
      'both features',
      ['--cdh', 'x', '--with', 'thriftserver, sparkr'],
      {features: ['thriftserver', 'sparkr']},
    ],
    ['no feature', ['--cdh', 'x', '--with', 'none'], {features: []}],
    [
      'profiles and properties',
      ['--cdh', 'x', '-P', 'yarn', '-Pnetlib-lgpl', '-D', 'a.b=c', '-Dx=1.0-y'],
      {profiles: ['yarn', 'netlib-lgpl'], defines: ['a.b=c', 'x=1.0-y']},
    ],
    [
      'paths are made absolute',
      [
        '--cdh',
        'x',
        '--output',
        'out',
        '--patch',
        'a.patch',
        '--patch',
        '/b.patch',
        '--ca-cert',
        'ca.pem',
        '--maven-settings',
        's.xml',
      ],
      {
        output: '/work/out',
        patches: ['/work/a.patch', '/b.patch'],
        caCertificates: ['/work/ca.pem'],
        mavenSettings: '/work/s.xml',
      },
    ],
    ['a source beside us', ['--cdh', 'x', '--source', './spark'], {source: '/work/spark'}],
    ['the sample', ['--cdh', 'x', '--source', 'sample'], {source: 'sample'}],
    [
      'sizes and times',
      ['--cdh', 'x', '--memory', '8g', '--timeout', '90m', '--silence', '30s', '--keep-for', '1d'],
      {memoryMib: 8192, timeoutMs: 5_400_000, silenceMs: 30_000, keepForMs: 86_400_000},
    ],
    ['no golden box', ['--cdh', 'x', '--golden-box', 'off'], {goldenBox: 'off'}],
    ['counts', ['--cdh', 'x', '--cpus', '4', '--retry', '0'], {cpus: 4, retry: 0}],
    [
      'the network',
      ['--cdh', 'x', '--proxy', 'http://p:3128', '--no-proxy', 'a,.b', '--mirror', 'central=https://n/c=1/'],
      {proxy: 'http://p:3128', noProxy: 'a,.b', mirrors: [{id: 'central', url: 'https://n/c=1/'}]},
    ],
    [
      'the box',
      [
        '--cdh',
        'x',
        '--box',
        'debian',
        '--box-checksum',
        `sha256:${'a'.repeat(64)}`,
        '--provider',
        'libvirt',
      ],
      {box: 'debian', boxChecksum: `sha256:${'a'.repeat(64)}`, provider: 'libvirt'},
    ],
    [
      'switches',
      [
        '--cdh',
        'x',
        '--force',
        '--force-unsupported',
        '--smoke',
        '--compile-tests',
        '--on-failure',
        'keep',
        '--deps',
        'bundled',
      ],
      {
        force: true,
        forceUnsupported: true,
        smoke: true,
        compileTests: true,
        onFailure: 'keep',
        deps: 'bundled',
      },
    ],
  ])('%s', (_what, argv, expected) => {
    expect(read(...argv)).toMatchObject(expected);
  });
});

const base: BuildRequestInput = {cdh: ['5.7.0'], output: '/work'};
const hostile = [
  'a b',
  "a'b",
  'a"b',
  'a;b',
  'a&b',
  'a|b',
  '$(x)',
  '`x`',
  '$HOME',
  'a\nb',
  '-x',
  '--upload-pack=x',
  'a\0b',
  '',
  ' ',
  'a*',
];

describe('what is refused, each with the option named', () => {
  test.each<[string, BuildRequestInput, string]>([
    ['nothing to build', {output: '/work'}, 'Nothing says what to build'],
    ['two selections', {...base, ref: 'x'}, '--cdh and --ref'],
    ['three selections', {...base, ref: 'x', spark2: ['2']}, '--cdh and --spark2 and --ref'],
    ['the newest of one ref', {output: '/work', ref: 'x', newestOf: 'minor'}, '--newest-of'],
    ['a smoke test of nothing', {...base, features: ['sparkr'], smoke: true}, '--smoke'],
    ['a smoke test of the sample', {...base, source: 'sample', smoke: true}, '--smoke'],
    [
      'tests that are compiled and skipped',
      {...base, compileTests: true, defines: ['maven.test.skip=true']},
      '--compile-tests',
    ],
    ['too little memory', {...base, memoryMib: 1023}, '--memory'],
    ['no cores', {...base, cpus: 0}, '--cpus'],
    ['many retries', {...base, retry: 11}, '--retry'],
    ['half a checksum', {...base, boxChecksum: 'sha256:abc'}, '--box-checksum'],
    ['a proxy without http', {...base, proxy: 'user:secret@proxy:3128'}, '--proxy'],
    ['a mirror id for a shell', {...base, mirrors: [{id: 'a b', url: 'https://x/'}]}, '--mirror'],
    ...hostile.map((text): [string, BuildRequestInput, string] => [
      `profile ${JSON.stringify(text)}`,
      {...base, profiles: [text]},
      '-P',
    ]),
    ...hostile.map((text): [string, BuildRequestInput, string] => [
      `label ${JSON.stringify(text)}`,
      {...base, label: text},
      '--label',
    ]),
    ...['a b', 'a\nb', 'a\0b', '-x', '--upload-pack=x', '', ' ', 'a*', '+a:b', '^a'].map(
      (text): [string, BuildRequestInput, string] => [
        `ref ${JSON.stringify(text)}`,
        {output: '/work', ref: text},
        '--ref',
      ],
    ),
    ...hostile
      .filter((text) => text !== '')
      .map((text): [string, BuildRequestInput, string] => [
        `property a=${JSON.stringify(text)}`,
        {...base, defines: [`a=${text.startsWith('-') ? `${text} ` : text}`]},
        '-D',
      ]),
    ...['../x', 'a..b', 'x.lock', 'x/', '/x'].map((text): [string, BuildRequestInput, string] => [
      `ref ${text}`,
      {output: '/work', ref: text},
      '--ref',
    ]),
    ['a label of 41 characters', {...base, label: 'x'.repeat(41)}, 'has 41 characters; 40 are allowed'],
    ['a label of 60 characters', {...base, label: 'x'.repeat(60)}, 'has 60 characters; 40 are allowed'],
  ])('%s', (_what, input, named) => {
    const attempt = (): unknown => parseRequest(input);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(named);
  });

  test('all that is wrong is named at once', () => {
    const input = {
      ...base,
      ref: 'a b',
      label: 'x y',
      memoryMib: 1,
      smoke: true,
      profiles: ['-x', 'ok', '$y'],
    };
    const error = (() => {
      try {
        return parseRequest(input);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ProblemsError);
    for (const named of ['--cdh and --ref', '--ref "a b"', '--label', '--memory', '"-x"', '"$y"'])
      expect(String(error)).toContain(named);
  });

  test.each(['#42', 'a@b', 'größe', 'HEAD', "it's", 'a;b', '$(x)', '`x`', 'refs/heads/a&b', '@x', '+x'])(
    'git allows the name %s, and so do we',
    (ref) => expect(parseRequest({output: '/work', ref})).toMatchObject({ref}),
  );

  test('a password in a wrong proxy is not repeated', () => {
    expect(() => parseRequest({...base, proxy: 'user:secret@proxy:3128'})).toThrow(/^(?!.*secret)/);
  });
});
