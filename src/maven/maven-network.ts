// Which repositories Maven asks: the mirrors, proxies and addresses of one build. Pure.
import {planDirectPatterns, type Proxies} from '../core/proxies.ts';
import {findMirrorOf} from './mirror-of.ts';
import type {SettingsFile} from './settings-file.ts';
import {centralPlaceholder, renderSettings, type Mirror} from './maven-settings.ts';
import type {StandIn} from './stand-in.ts';

/** `none`: the source's parent is not Cloudera's, so there is nothing to choose. */
export type DependenciesMode = 'cloudera' | 'apache' | 'none';

export interface Network {
  /** From `--mirror <id=url>`. */
  readonly mirrors: readonly {readonly id: string; readonly url: string}[];
  readonly proxies: Proxies;
  /** The file of `--maven-settings`, used in place of ours. */
  readonly mavenSettings?: Pick<SettingsFile, 'text' | 'security' | 'mirrors'> | undefined;
}

/** Text of settings.xml, with `@CENTRAL@` in it; or the text of the user's own file. */
export function planSettings(mode: DependenciesMode, standIn: StandIn, network: Network): string {
  if (network.mavenSettings !== undefined) return network.mavenSettings.text;
  const {cloudera, closed} = standIn.repositories;
  // With Apache's releases nothing is wanted of Cloudera's: a mirror of it would be asked all the same, and may refuse.
  const isWanted = ({id}: {readonly id: string}): boolean =>
    mode !== 'apache' || !id.split(',').every((word) => cloudera.ids.includes(word.trim()));
  const own = network.mirrors
    .filter(isWanted)
    .map(({id, url}) => ({id: id.replaceAll(/[^A-Za-z0-9._-]/g, '_'), of: id, url}));
  const central = own.find(({of}) => ['central', '*', 'external:*'].includes(of))?.url ?? centralPlaceholder;
  const url = findClouderaUrl(standIn, network.mirrors);
  // The id that Maven notes beside what it fetched: the same in all modes, so that they share a local repository.
  const centralId = own.some(({id}) => id === 'central') ? 'central-too' : 'central';
  const byMode: Readonly<Record<DependenciesMode, readonly Mirror[]>> = {
    apache: [{id: centralId, of: 'external:*', url: central}],
    cloudera: [
      {id: 'cloudera', of: cloudera.ids.join(','), url},
      // Whatever else the poms of Spark and of CDH name is gone, closed or plain http: asked in turn, each may keep Maven waiting.
      {id: centralId, of: ['external:*', ...cloudera.ids.map((id) => `!${id}`)].join(','), url: central},
    ],
    none: [{id: centralId, of: closed.join(','), url: central}],
  };
  return renderSettings({
    mirrors: [...own, ...byMode[mode]],
    proxies: network.proxies,
    direct: planDirectPatterns(network.proxies, listKnownUrls(standIn, network.mirrors)),
    // Central first: most is there, and what is asked of both is fetched later. CDH 5.0 names no repository of Cloudera's
    // that has releases, and Spark's poms name none for plugins, of which Avro's bears Cloudera's version.
    repositories:
      mode === 'cloudera'
        ? [
            {id: 'central', url: centralPlaceholder},
            {id: 'cdh.repo', url},
          ]
        : [],
  });
}

/** The address of Cloudera's repository, or of what Maven asks in its place. */
export function findClouderaUrl(standIn: StandIn, mirrors: Network['mirrors']): string {
  const {url, ids} = standIn.repositories.cloudera;
  const candidates = mirrors.map((mirror) => ({of: mirror.id, url: mirror.url}));
  return (
    ids.map((id) => findMirrorOf(candidates, {id, url})?.url).find((found) => found !== undefined) ?? url
  );
}

/** The mirrors of the user's own settings as `--mirror` would name them; with the login that is there for each. */
export function listMirrorsOf({mirrors}: Pick<SettingsFile, 'mirrors'>): Network['mirrors'] {
  return mirrors
    .filter(({url}) => URL.canParse(url))
    .map(({of, url: text, login}) => {
      const url = new URL(text);
      url.username = encodeURIComponent(login?.username ?? '');
      url.password = encodeURIComponent(login?.password ?? '');
      return {id: of, url: url.href};
    });
}

/** Addresses that are certain to be asked; only the guest knows Maven Central's. */
export function listKnownUrls(standIn: StandIn, mirrors: Network['mirrors']): readonly string[] {
  return [findClouderaUrl(standIn, mirrors), ...mirrors.map(({url}) => url)];
}
