// Bad input: one clear line, what to type, the exit code, and nothing is created.
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {buildArguments, playSample} from './sample-build.ts';
import {test} from './scene.ts';

/** Whole command lines; `OUT` is the scene's output folder. */
const wrong: readonly (readonly [args: readonly string[], code: 2 | 4, message: RegExp])[] = [
  [['--cdh', '5.7.9'], 2, /5\.7\.9[^]*5\.7\.[0-6]/],
  [['--cdh', '5.5.3'], 2, /5\.5\.3/],
  [['--cdh', 'five'], 2, /five/],
  [['--cdh', '>=5.5 <'], 2, />=5\.5 </],
  [['--cdh', ''], 2, /range|empty|version/i],
  [['--cdh', '>=9'], 2, />=9/],
  [['--cdh', '5.7.0\n5.5.2'], 2, /5\.7\.0/],
  [[], 2, /what to build/],
  [['--cdh', '5.7.0', '--ref', 'x'], 2, /--cdh and --ref/],
  [['--cdh', '5.7.0', '--spark2', '2.4.0'], 2, /--cdh and --spark2/],
  [['--ref', 'x', '--newest-of', 'minor'], 2, /--newest-of/],
  [['--cdh', '5.7.0', '--quiet', '--verbose'], 2, /--verbose/],
  [['--cdh', '5.7.0', '--smoke'], 2, /--smoke/],
  [['--cdh', '5.7.0', '--smoke', '--with', 'none'], 2, /--smoke/],
  [['--ref', 'no-such-ref'], 2, /no-such-ref/],
  // The whole list is in test/recipe/build-request.test.ts; here it is proven that the process as a whole refuses them.
  ...["a'b", '$(touch OUT/hit)', 'a\nb', '-x'].flatMap((text): [readonly string[], 2, RegExp][] => [
    [[`--ref=${text}`], 2, /ref/],
    [['--cdh', '5.7.0', `-P${text === '' ? ' ' : text}`], 2, /-P/],
    [['--cdh', '5.7.0', `--label=${text}`], 2, /label/],
  ]),
  ...['a=$(touch OUT/hit)', '-x=y'].map((text): [readonly string[], 2, RegExp] => [
    ['--cdh', '5.7.0', '-D', text],
    2,
    /-D/,
  ]),
  [['--cdh', '5.7.0', '--patch', 'no such file.patch'], 2, /no such file\.patch/],
  [['--cdh', '5.7.0', '--output', '/proc/none'], 4, /\/proc/],
  [['--cdh', '5.7.0', '--output', 'OUT/unfit.patch'], 4, /not a folder/],
  [['--cdh', '5.7.0', '--memory', '900TiB'], 4, /does not fit this host/],
  [['--cdh', '5.7.0', '--cpus', '4096'], 4, /cores/],
  [['--cdh', '5.7.0', '--memory', '512MiB'], 2, /--memory/],
  [['--cdh', '5.7.0', '--memory', '6'], 2, /--memory/],
  [['--cdh', '5.7.0', '--timeout', 'soon'], 2, /--timeout/],
  [['--cdh', '5.7.0', '--retry', '-1'], 2, /--retry/],
  [['--cdh', '5.7.0', '--deps', 'all'], 2, /--deps/],
  [['--cdh', '5.7.0', '--with', 'sparkql'], 2, /--with/],
  [['--cdh', '5.7.0', '--provider', 'vmwear'], 2, /vmwear/],
  [['--cdh', '5.7.0', '--mirror', 'central'], 2, /--mirror/],
  [['--cdh', '5.7.0', '--ca-cert', 'no.pem'], 2, /no\.pem/],
  [['--cdh', '5.7.0', '--maven-settings', 'no.xml'], 2, /no\.xml/],
  [['--cdh', '5.7.0', '--source', 'OUT'], 2, /git repository/],
  [['--cdh', '5.7.0', '--source', '/no/such/folder'], 2, /\/no\/such\/folder/],
  [['--cdh', '5.7.0', '--source', 'ext::sh -c true'], 2, /source/],
  [['--no-such-option'], 2, /no-such-option/],
  [['frobnicate'], 2, /no command "frobnicate"/],
  [['worker'], 2, /--queue/],
  [['worker', '--queue', 'http://127.0.0.1'], 2, /queue/],
  [['report'], 2, /[Nn]o run/],
  [['bundle'], 2, /missing required argument/],
  [['compare'], 2, /missing required argument/],
  [['inspect', '--ref', '--upload-pack=x', '--source', 'sample'], 2, /ref/],
  [['inspect'], 2, /--ref/],
  [['ssh', 'cdh9.9.9'], 2, /cdh9\.9\.9/],
  [['logs', 'cdh9.9.9'], 2, /cdh9\.9\.9/],
  [['logs', '../..'], 2, /\.\./],
  [['verify', '/no/such/dist'], 2, /\/no\/such\/dist/],
  [['box', 'frobnicate'], 2, /frobnicate/],
  [['box', 'toString'], 2, /toString/],
  [['cache', 'frobnicate'], 2, /frobnicate/],
  [['box', 'build', '--mirror', 'banana'], 2, /--mirror/],
  [['setup', '--mirror', 'banana', '--yes'], 2, /--mirror/],
  [['setup', '--provider', 'vmwear', '--yes'], 2, /vmwear/],
  [
    ['install', 'OUT', '--host', 'nobody.invalid', '--user', 'a b', '--parcels', 'c'],
    2,
    /a b[^]*parcels|"c"/,
  ],
];

describe.concurrent('bad input', () => {
  test.for(wrong)('%j', async ([args, code, message], {scene}) => {
    await writeFile(
      join(scene.output, 'unfit.patch'),
      '--- a/pom.xml\n+++ b/pom.xml\n@@ -1,1 +1,1 @@\n-not there\n+x\n',
    );
    const isBuild = args.length === 0 || args[0]?.startsWith('-') === true;
    const fill = (text: string): string => text.replaceAll('OUT', scene.output);
    const all = [
      ...(isBuild
        ? [
            '--output',
            scene.output,
            '--provider',
            'fake',
            ...(args.includes('--source') ? [] : ['--source', 'sample']),
          ]
        : []),
      ...args.map(fill),
    ];
    const result = await scene.run(all);
    expect(result).toMatchObject({code, stdout: ''});
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/^\s+at |bug in build-spark/m);
    // The message, what to type, and perhaps a line of detail.
    expect(result.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(6);
    expect(result.stderr).toMatch(/→|see: build-spark/);
    expect(await scene.dists()).toEqual(['unfit.patch']);
  });
});

describe.concurrent('damaged files of ours', () => {
  test('a journal entry: named, with what to type, and it stays; commands that do not need it still work', async ({
    scene,
  }) => {
    await mkdir(join(scene.state, 'journal'), {recursive: true});
    const file = join(scene.state, 'journal/build-spark-x.json');
    await writeFile(file, '{"formatVersion": 1');
    for (const args of [['machines'], ['reap'], buildArguments(scene)]) {
      const {code, stderr} = await scene.run(args);
      // A build goes on: the machine that the entry may stand for is not its own.
      if (args.length === 1) expect(code).toBe(2);
      expect(stderr).toContain(file);
      expect(stderr).toMatch(/move it away: mv /);
    }
    expect(await scene.run(['--help'])).toMatchObject({code: 0});
    expect(await readFile(file, 'utf8')).toBe('{"formatVersion": 1');
    const {rm} = await import('node:fs/promises');
    await rm(file);
  });

  test.for([
    ['a: [b', /config\.yaml:1:\d+/],
    ['retry: much', /retry/],
    ['no-such-option: 1', /no-such-option/],
    ['smoke: perhaps', /true or false/],
    ['- a', /option: value/],
    ['label: {a: b}', /label/],
  ] as const)('a configuration that reads %j', async ([text, message], {scene}) => {
    await writeFile(join(scene.config, 'config.yaml'), text);
    const {code, stderr} = await scene.run(buildArguments(scene));
    expect(code).toBe(2);
    expect(stderr).toContain('config.yaml');
    expect(stderr).toMatch(message);
  });

  test('times of earlier builds: a build goes on, or says which file', async ({scene}) => {
    await playSample(scene);
    await mkdir(join(scene.state, 'runs'), {recursive: true});
    await scene.run(buildArguments(scene));
    const {readdir} = await import('node:fs/promises');
    for (const name of await readdir(join(scene.state, 'runs')))
      await writeFile(join(scene.state, 'runs', name), '{');
    const {code, stderr} = await scene.run(buildArguments(scene, '--force'));
    expect(stderr).not.toContain('bug in build-spark');
    expect([0, 2]).toContain(code);
  });
});
