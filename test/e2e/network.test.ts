// The network as it is: proxies of the environment, and settings of Maven's own. Wrong ones are named before a machine boots.
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {describe, expect} from 'vitest';
import {buildArguments, playSample} from './sample-build.ts';
import {test, type Scene} from './scene.ts';

describe.concurrent('proxies of the environment', () => {
  test('an address without a scheme is one', async ({scene}) => {
    await playSample(scene);
    scene.env.https_proxy = '10.0.3.1:3128';
    expect(await scene.run(buildArguments(scene))).toMatchObject({code: 0});
  });

  test.for([
    ['https_proxy', 'http://proxy.test:port', /https_proxy is not the address of a proxy/],
    ['HTTP_PROXY', 'ftp://me:hunter2@proxy.test', /HTTP_PROXY is not the address of a proxy/],
    ['all_proxy', 'socks5://me:hunter2@proxy.test:1080', /all_proxy names a SOCKS proxy.*\n.*--proxy/],
  ] as const)(
    '%s=%s: exit 2 and its name; what needs no network goes on',
    async ([name, value, message], {scene}) => {
      await playSample(scene);
      scene.env[name] = value;
      const {code, stderr} = await scene.run(buildArguments(scene));
      expect(code).toBe(2);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/hunter2|bug|\n\s+at /);
      expect(await scene.machines()).toEqual([]);
      for (const command of ['reap', 'machines']) expect(await scene.run([command])).toMatchObject({code: 0});
    },
  );

  test('--proxy wins over a broken variable', async ({scene}) => {
    await playSample(scene);
    scene.env.https_proxy = 'ftp://x';
    expect(await scene.run(buildArguments(scene, '--proxy', 'http://proxy.test:3128'))).toMatchObject({
      code: 0,
    });
  });
});

describe.concurrent('git on this host', () => {
  const seenBy = async (
    scene: Scene,
    more: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) => {
    const seen: (string | undefined)[] = [];
    const proxy = createServer((request, response) => {
      seen.push(request.url);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const fill = (text: string): string => text.replaceAll('PROXY', address);
    for (const [name, value] of Object.entries(env)) scene.env[name] = fill(value);
    const options = ['--provider', 'fake', '--cdh', '5.7.0', '--output', scene.output];
    await scene.run(['plan', ...options, '--source', 'http://git.corp.test/spark.git', ...more.map(fill)]);
    proxy.close();
    return seen;
  };

  test('goes through --proxy, and through a variable in capitals', async ({scene}) => {
    expect(await seenBy(scene, ['--proxy', 'http://PROXY'])).toContainEqual(
      expect.stringMatching(/^http:\/\/git\.corp\.test\/spark\.git\/info\/refs/),
    );
    expect(await seenBy(scene, [], {HTTP_PROXY: 'PROXY'})).not.toEqual([]);
  });

  test('goes without it to what --no-proxy names', async ({scene}) => {
    expect(await seenBy(scene, ['--no-proxy', '*.corp.test:80'], {http_proxy: 'PROXY'})).toEqual([]);
  });
});

describe.concurrent('--maven-settings', () => {
  const write = async (scene: Scene, text: string): Promise<readonly string[]> => {
    const file = join(scene.folder, 'own.xml');
    await writeFile(file, text);
    return buildArguments(scene, '--maven-settings', file);
  };

  test.for([
    ['<settings>\n  <mirrors>\n</settings>', /--maven-settings own\.xml is not well-formed XML: line 3/],
    [
      '<settings><servers><server><password>${env.NO_SUCH}</password></server></servers></settings>',
      /NO_SUCH is not in this environment/,
    ],
    [
      '<settings><servers><server><password>{abc=}</password></server></servers></settings>',
      /settings-security\.xml/,
    ],
    [
      '<settings><mirrors><mirror><url>http://localhost:8081/</url></mirror></mirrors></settings>',
      /the machine itself/,
    ],
  ] as const)('%s is refused before a machine boots', async ([text, message], {scene}) => {
    await playSample(scene);
    const {code, stderr} = await scene.run(await write(scene, text));
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(await scene.machines()).toEqual([]);
  });

  test('what is wrong with it is said together with all else', async ({scene}) => {
    const args = await write(scene, '<settings><offline>true</offline></settings>');
    const {code, stderr} = await scene.run([...args, '--patch', 'no such.patch']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/<offline>true/);
    expect(stderr).toMatch(/no such\.patch/);
  });

  test('a password that comes from a variable, and one that is in it, reach no output and no file', async ({
    scene,
  }) => {
    await playSample(scene, {lines: ['Authorization: pa55-word', 'and hunter2pass']});
    scene.env.NEXUS_PASS = 'pa55-word';
    const args = await write(
      scene,
      '<settings><localRepository>/x</localRepository><servers><server><password>${env.NEXUS_PASS}</password><passphrase>hunter2pass</passphrase></server></servers></settings>',
    );
    const {code, stdout, stderr} = await scene.run([...args, '--verbose']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/<localRepository> is left out/);
    expect(stdout + stderr).not.toMatch(/pa55-word|hunter2/);
    for (const entry of await readdir(scene.state, {recursive: true, withFileTypes: true})) {
      if (!entry.isFile()) continue;
      expect(await readFile(join(entry.parentPath, entry.name), 'utf8')).not.toMatch(/pa55-word|hunter2/);
    }
  });
});
