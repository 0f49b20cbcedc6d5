// The layout of the original article, for those who follow it: one frontend `main` on port 5000 and one backend `app` of
// Impala daemons. What it got wrong is repaired; each repair is named in the file itself. Pure.
import {hasBeeswax, type Frontend} from './frontends.ts';
import {renderBackend, renderExtra, renderFrontend} from './render-config.ts';
import {renderDefaults, renderGlobal, renderStatistics} from './render-sections.ts';
import type {HaSpec, ImpalaSpec} from './spec-schema.ts';
import {defaultVersion, listFeatures, parseHaproxyVersion} from './versions.ts';

export const articleAlgorithms = ['roundrobin', 'leastconn'] as const;
export type ArticleAlgorithm = (typeof articleAlgorithms)[number];

const articlePort = 5000;

const head = `# The original article's layout, repaired by impala-ha: one port for all clients. Repaired are:
# - sections: what stood outside of global and defaults is in them, and the frontend has its bind line
# - no pidfile that is a folder, no HTTP rules and no backend static, which Thrift traffic never meets
# - every server has an address, the port of the daemon and a health check, which a frozen daemon fails too
# - a connection goes to another daemon when one refuses it; 13 hours of waiting for a connection became seconds
# - the admin socket is for root and its group only, the statistics for this host only
# One port serves one protocol: %PROTOCOL%. Hue needs a port of its own; \`impala-ha render\` without --article has it.
`;

/** impala-shell speaks HiveServer2 by default since Impala 4.0 (IMPALA-10074), and Beeswax before. */
function planProtocol({version}: ImpalaSpec): 'beeswax' | 'hs2' {
  const speaksBeeswax = version !== undefined && Number.parseInt(version, 10) < 4;
  return hasBeeswax(version) === true && speaksBeeswax ? 'beeswax' : 'hs2';
}

/** @param impala That of the spec. */
export function planArticleFrontend(
  {timeouts}: HaSpec,
  impala: ImpalaSpec,
  balance: ArticleAlgorithm,
): Frontend {
  const protocol = planProtocol(impala);
  return {
    kind: protocol,
    service: 'impala',
    frontendName: 'main',
    backendName: 'app',
    port: articlePort,
    balance,
    isSticky: false,
    timeout: timeouts.session,
    servers: impala.coordinators.map(({name, host, ports, backup, weight}) => ({
      name,
      host,
      port: ports[protocol],
      webPort: ports.web,
      backup,
      weight,
    })),
    path: ['impala'],
  };
}

/** @returns A whole haproxy.cfg. */
export function renderArticle(spec: HaSpec, impala: ImpalaSpec, balance: ArticleAlgorithm): string {
  const {haproxy} = spec.proxy;
  const can = listFeatures(haproxy === undefined ? defaultVersion : parseHaproxyVersion(haproxy));
  const frontend = planArticleFrontend(spec, impala, balance);
  const names = {
    hs2: 'HiveServer2, for impala-shell since 4.0, JDBC and ODBC',
    beeswax: "Beeswax, for this Impala's impala-shell",
  };
  const protocol = planProtocol(impala);
  return [
    head.replace('%PROTOCOL%', names[protocol]),
    renderGlobal(spec, [frontend], can),
    renderDefaults(spec, can),
    renderFrontend(spec, frontend, can, 'The one port of the article.'),
    renderBackend(spec, frontend, can),
    ...renderStatistics(spec, can),
    ...renderExtra(spec),
  ].join('\n');
}
