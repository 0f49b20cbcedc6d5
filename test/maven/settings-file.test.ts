// What of the operator's settings.xml a machine can do with, and what is refused before there is one.
import {describe, expect, test} from 'vitest';
import {planSettingsFile, type SettingsFile, type SettingsInput} from '../../src/maven/settings-file.ts';

function planOf(text: string | Uint8Array, more: Partial<SettingsInput> = {}) {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return planSettingsFile({name: '--maven-settings s.xml', bytes, env: {}, defines: [], ...more});
}

function read(text: string | Uint8Array, more?: Partial<SettingsInput>): SettingsFile {
  const planned = planOf(text, more);
  if ('problems' in planned) throw planned.problems[0]!;
  return planned.file;
}

function refusals(text: string | Uint8Array, more?: Partial<SettingsInput>): readonly string[] {
  const planned = planOf(text, more);
  return 'problems' in planned ? planned.problems.map(({message, hint}) => `${message} ${hint}`) : [];
}

const server = (password: string): string =>
  `<settings><servers><server><id>corp</id><username>me</username><password>${password}</password></server></servers></settings>`;
const mirror = (url: string, of = '*'): string =>
  `<settings><mirrors><mirror><id>corp</id><mirrorOf>${of}</mirrorOf><url>${url}</url></mirror></mirrors></settings>`;

test('what is in order is handed over as it is', () => {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<!-- of ours -->\n${server('pass&amp;word')}\n`;
  expect(read(text)).toEqual({
    ...{text, secrets: ['pass&word'], notes: [], mirrors: [], hasProxy: false},
  });
});

describe('encodings', () => {
  const text = (encoding: string): string => `<?xml version="1.0" encoding="${encoding}"?>${server('größe')}`;
  const utf16 = Buffer.from(text('UTF-16'), 'utf16le');
  test.each([
    ['ISO-8859-1', Buffer.from(text('ISO-8859-1'), 'latin1')],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text('UTF-8')}`)],
    ['UTF-16 with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])],
    ['UTF-16, big-endian, with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]).swap16()],
    ['UTF-16 without a mark', utf16],
  ])('%s becomes UTF-8', (_, bytes) => {
    const file = read(bytes);
    expect(file.secrets).toEqual(['größe']);
    expect(file.text).toBe(text('UTF-8'));
  });

  test('bytes of another one, and one that nobody knows', () => {
    expect(refusals(Buffer.from(text('UTF-8'), 'latin1'))[0]).toMatch(
      /s\.xml: it says it is UTF-8, but it is not/,
    );
    expect(refusals(text('EBCDIC-XY'))[0]).toMatch(/its encoding "EBCDIC-XY" is not known/);
  });
});

test.each([
  [
    '<settings>\n  <mirrors>\n    <mirror>\n  </mirrors>\n</settings>',
    /well-formed XML: line 4, column 3: .*'mirror'/,
  ],
  ['<settings>', /line 1, column 1: Unclosed tag 'settings'/],
  ['', /well-formed XML: line 1: Start tag expected/],
  ['<project/>', /its root is <project>/],
  ['<settings/><settings/>', /not Maven's settings|well-formed/],
])('%j is refused with its place', (text, message) => {
  expect(refusals(text)[0]).toMatch(message);
});

describe('variables of the environment', () => {
  test('are put in, and are secrets where they are no address or name', () => {
    const text = `<settings><!-- \${env.OTHER} --><servers><server><id>a</id><username>\${env.WHO}</username><password>x\${env.PASS}</password></server></servers>
      <mirrors><mirror><id>a</id><mirrorOf>*</mirrorOf><url>https://\${env.HOST}/m2</url></mirror></mirrors>
      <profiles><profile><id>p</id><properties><token><![CDATA[\${env.TOKEN}]]></token></properties></profile></profiles></settings>`;
    const env = {WHO: 'me', PASS: 'a<b&c', HOST: 'nexus.test', TOKEN: 't<k'};
    const file = read(text, {env});
    expect(file.text).toContain('<password>xa&lt;b&amp;c</password>');
    expect(file.text).toContain('<url>https://nexus.test/m2</url>');
    expect(file.text).toContain('<![CDATA[t<k]]>');
    expect(file.text).toContain('${env.OTHER}');
    expect([...file.secrets].sort()).toEqual(['a<b&c', 't<k', 'xa<b&c']);
    expect(file.mirrors).toEqual([
      {id: 'a', of: '*', url: 'https://nexus.test/m2', login: {username: 'me', password: 'xa<b&c'}},
    ]);
    expect(file.notes.join()).toMatch(/WHO, PASS, HOST, TOKEN/);
    expect(file.notes.join()).not.toMatch(/a<b|t<k/);
  });

  test('that are not there are refused by name, all of them', () => {
    expect(refusals(server('${env.NEXUS_PASS}').replace('>me<', '>${env.NEXUS_USER}<'))).toEqual([
      expect.stringMatching(/NEXUS_USER is not in this environment.* NEXUS_USER=… build-spark/),
      expect.stringMatching(/NEXUS_PASS is not in this environment/),
    ]);
  });
});

test('other variables are refused where they decide, unless -D gives them', () => {
  expect(refusals(mirror('https://${user.name}.test/'))[0]).toMatch(/names \$\{user\.name\} in <url>/);
  expect(refusals(mirror('https://${nexus.host}/'), {defines: ['nexus.host=n.test']})).toEqual([]);
  const property =
    '<settings><profiles><profile><properties><x>${user.home}/y</x></properties></profile></profiles></settings>';
  expect(refusals(property)).toEqual([]);
});

describe('encrypted passwords', () => {
  const encrypted = server('{COQLCE6DU6GtcS5P=}');
  const security =
    '<settingsSecurity><master>{jSMOWnoPFgsHVpMvz5VrIt5kRbzGpI8u+9EF1iFQyJQ=}</master></settingsSecurity>';

  test('go with settings-security.xml, whose master is a secret', () => {
    expect(read(encrypted, {security})).toMatchObject({
      security,
      secrets: ['{COQLCE6DU6GtcS5P=}', '{jSMOWnoPFgsHVpMvz5VrIt5kRbzGpI8u+9EF1iFQyJQ=}'],
    });
  });

  test('are refused without it; it does not go where nothing is encrypted', () => {
    expect(refusals(encrypted)[0]).toMatch(/encrypted passwords.*Put settings-security\.xml beside it/);
    expect(read(server('\\{plain\\}'), {security}).security).toBeUndefined();
  });
});

test('the local repository is left out, and that is said', () => {
  const file = read(
    '<settings><!-- <localRepository>c</localRepository> --><localRepository>\n${user.home}/x\n</localRepository><offline>false</offline></settings>',
  );
  expect(file.text).toBe(
    '<settings><!-- <localRepository>c</localRepository> --><offline>false</offline></settings>',
  );
  expect(file.notes[0]).toMatch(/<localRepository> is left out/);
});

test.each([
  [
    mirror('http://localhost:8081/m2'),
    /http:\/\/localhost:8081\/m2, which inside a machine means the machine itself/,
  ],
  [mirror('http://127.0.0.1/m2', 'central'), /the machine itself.*10\.0\.3\.1/],
  [mirror('file:///srv/m2'), /file:\/\/\/srv\/m2, which is a folder of this host/],
  [mirror('file://${user.home}/.m2/x'), /user\.home|folder of this host/],
  [
    '<settings><profiles><profile><repositories><repository><id>a</id><url>file:/srv/x</url></repository></repositories></profile></profiles></settings>',
    /folder of this host/,
  ],
  [
    '<settings><profiles><profile><pluginRepositories><pluginRepository><id>a</id><url>http://[::1]/</url></pluginRepository></pluginRepositories></profile></profiles></settings>',
    /the machine itself/,
  ],
  ['<settings><offline>true</offline></settings>', /<offline>true/],
  [
    '<settings><proxies><proxy><host>localhost</host><port>3128</port></proxy></proxies></settings>',
    /the proxy localhost/,
  ],
])('what a machine cannot reach is refused by name: %s', (text, message) => {
  expect(refusals(text)[0]).toMatch(message);
});

test('all that is wrong is said at once', () => {
  const text = mirror('http://localhost/').replace('<mirrors>', '<offline>true</offline><mirrors>');
  expect(refusals(text)).toHaveLength(2);
});
