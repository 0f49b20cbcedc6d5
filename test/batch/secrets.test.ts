import {expect, test} from 'vitest';
import {parseRequest, type BuildRequestInput} from '../../src/recipe/build-request.ts';
import {findSecrets, findSettingsSecrets} from '../../src/batch/secrets.ts';
import {findTypedSecrets} from '../../src/core/typed-secrets.ts';

const ask = (more: Partial<BuildRequestInput>) => parseRequest({cdh: ['5.7.0'], output: '/out', ...more});

test('a request: source, mirrors, box, and -D of a telling name or with a URL', () => {
  const request = ask({
    source: 'https://ann:sourcepw@git.example.com/spark',
    mirrors: [{id: 'central', url: "http://ann:mirr'or@nexus/"}],
    box: 'https://ann:boxpw@example.com/a.box',
    defines: [
      'nexus.password=definepw',
      'repo=http://ann:urlpw@nexus/',
      'spark.version=1.6.0',
      'use.token=true',
    ],
  });
  const found = findSecrets({
    requests: [request],
    proxies: ['ann:proxypw@10.0.3.1:3128', undefined],
    env: {},
  });
  for (const secret of ['sourcepw', "mirr'or", 'boxpw', 'definepw', 'urlpw', 'proxypw', 'ann:proxypw'])
    expect(found).toContain(secret);
  expect(found).not.toContain('1.6.0');
  expect(found).not.toContain('true');
});

test('settings: servers, proxies, headers, properties, addresses, variables', () => {
  const found = findSettingsSecrets(
    `<?xml version="1.0"?><settings>
      <servers>
        <server><id>a</id><username>ann</username><password>
          multi&amp;line </password></server>
        <server><id>b</id><privateKey>/home/ann/.ssh/id</privateKey><passphrase><![CDATA[p<ss]]></passphrase>
          <configuration><httpHeaders><property><name>Authorization</name><value>Bearer tok-en</value></property>
          </httpHeaders></configuration></server>
        <server><id>c</id><password>\${env.NEXUS_PW}</password></server>
      </servers>
      <proxies><proxy><host>p</host><password>proxypw</password></proxy></proxies>
      <mirrors><mirror><url>https://ann:mirrorpw@nexus/</url></mirror></mirrors>
      <profiles><profile><properties><deploy.token>t0k3n</deploy.token><a.b>plain</a.b></properties></profile></profiles>
    </settings>`,
    {NEXUS_PW: 'from-env'},
  );
  for (const secret of [
    'multi&line',
    'ann:multi&line',
    'p<ss',
    'tok-en',
    'from-env',
    'proxypw',
    'mirrorpw',
    't0k3n',
  ])
    expect(found).toContain(secret);
  for (const plain of ['plain', '/home/ann/.ssh/id', 'Authorization', 'ann'])
    expect(found).not.toContain(plain);
});

test('settings that are no XML tell nothing, and break nothing', () => {
  expect(findSettingsSecrets('<settings><password>x</settings', {})).toEqual(expect.any(Array));
});

test('what was typed or set is known before anything was read', () => {
  const found = findTypedSecrets(
    [
      '--proxy',
      'ann:typedpw@proxy:1',
      '-D',
      'a.password=definepw',
      '-Db.token=gluedpw',
      '--source',
      'http://t0kent0kent0kent0ken@h/',
    ],
    {
      NEXUS_TOKEN: 'envpw',
      https_proxy: 'joe:envproxy@p:1',
      BUILD_SPARK_DEFINE: 'x.secret=setpw',
      PATH: '/a:b@c',
    },
  );
  for (const secret of [
    'typedpw',
    'definepw',
    'gluedpw',
    't0kent0kent0kent0ken',
    'envpw',
    'envproxy',
    'setpw',
  ])
    expect(found).toContain(secret);
  expect(found.join()).not.toContain('/a');
});
