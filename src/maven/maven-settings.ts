// Maven's settings.xml: mirrors, proxies, Cloudera's repository. Pure; knows no machine and no file.
import {readLogin, type Proxies} from '../core/proxies.ts';
import {escapeXml} from './pom.ts';

export interface Mirror {
  /** Maven notes it beside each file it fetched, and asks again under another one. */
  readonly id: string;
  /** An id of a repository, several with commas, or one of Maven's wildcards. */
  readonly of: string;
  /** User and password may be in it; Maven gets them apart from it. */
  readonly url: string;
}

export interface Settings {
  readonly mirrors: readonly Mirror[];
  readonly proxies: Proxies;
  /** Hosts that need no proxy, as patterns of whole names: `planDirectPatterns`. */
  readonly direct: readonly string[];
  /** Repositories, for plugins too, that come before those of the source's own poms. */
  readonly repositories: readonly {readonly id: string; readonly url: string}[];
}

/** install.sh puts the address of Maven Central here, as the guest's own Maven knows it. */
export const centralPlaceholder = '@CENTRAL@';

/** Without it Maven warns and takes what came: a page to log in, or half a jar. */
const policies = '<releases><checksumPolicy>fail</checksumPolicy></releases>';

export function renderSettings(settings: Settings): string {
  const mirrors = settings.mirrors.map(
    ({id, of, url}) =>
      `    <mirror><id>${escapeXml(id)}</id><mirrorOf>${escapeXml(of)}</mirrorOf>` +
      `<url>${escapeXml(splitCredentials(url).url)}</url></mirror>`,
  );
  const servers = settings.mirrors.flatMap(({id, url}) => {
    const {username, password} = splitCredentials(url);
    return username === ''
      ? []
      : [
          `    <server><id>${escapeXml(id)}</id><username>${escapeXml(username)}</username>` +
            `<password>${escapeXml(password)}</password></server>`,
        ];
  });
  const proxies = (['http', 'https'] as const).flatMap((protocol) => {
    const url = settings.proxies[protocol];
    return url === undefined ? [] : [renderProxy(protocol, new URL(url), settings.direct)];
  });
  const repositories = (element: string): readonly string[] =>
    settings.repositories.map(
      ({id, url}) =>
        `        <${element}><id>${escapeXml(id)}</id><url>${escapeXml(url)}</url>${policies}</${element}>`,
    );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!-- Written by build-spark; the next build in this machine writes it again. -->',
    '<settings>',
    ...wrap('  <servers>', servers, '  </servers>'),
    ...wrap('  <mirrors>', mirrors, '  </mirrors>'),
    ...wrap('  <proxies>', proxies, '  </proxies>'),
    ...wrap(
      '  <profiles>\n    <profile>\n      <id>build-spark</id>',
      [
        ...wrap('      <repositories>', repositories('repository'), '      </repositories>'),
        ...wrap(
          '      <pluginRepositories>',
          repositories('pluginRepository'),
          '      </pluginRepositories>',
        ),
      ],
      '    </profile>\n  </profiles>\n' +
        '  <activeProfiles><activeProfile>build-spark</activeProfile></activeProfiles>',
    ),
    '</settings>',
    '',
  ].join('\n');
}

function splitCredentials(text: string): {
  readonly url: string;
  readonly username: string;
  readonly password: string;
} {
  if (!URL.canParse(text)) return {url: text, username: '', password: ''};
  const url = new URL(text);
  const {username, password} = readLogin(url);
  if (username === '') return {url: text, username, password};
  url.username = '';
  url.password = '';
  return {url: url.href, username, password};
}

function wrap(open: string, lines: readonly string[], close: string): readonly string[] {
  return lines.length === 0 ? [] : [open, ...lines, close];
}

function renderProxy(protocol: string, url: URL, direct: readonly string[]): string {
  const {username, password} = readLogin(url);
  const fields = [
    ['id', `proxy-${protocol}`],
    ['active', 'true'],
    ['protocol', protocol],
    ['host', url.hostname],
    ['port', url.port === '' ? '80' : url.port],
    ['username', username],
    ['password', password],
    ['nonProxyHosts', direct.join('|')],
  ].filter(([, value]) => value !== '');
  return `    <proxy>${fields.map(([name = '', value = '']) => `<${name}>${escapeXml(value)}</${name}>`).join('')}</proxy>`;
}
