// Which ports a spec means and the configuration with them: a port for each protocol, or the original article's one. Pure.
import {UsageError} from '../core/errors.ts';
import {articleAlgorithms, planArticleFrontend, renderArticle} from './article.ts';
import {planFrontends, type Frontend} from './frontends.ts';
import {renderConfig, withHaproxyVersion} from './render-config.ts';
import type {HaSpec} from './spec-schema.ts';

export interface HaLayout {
  readonly frontends: readonly Frontend[];
  /** @param version Of the HAProxy that shall read it; default: the spec's. @returns A whole haproxy.cfg. */
  readonly render: (version?: string) => string;
}

/**
 * @param article What was typed after --article; true when nothing was; undefined without it.
 * @throws UsageError for an unknown algorithm, or a spec without Impala.
 */
export function planLayout(spec: HaSpec, article?: string | true): HaLayout {
  const at = (version: string | undefined): HaSpec =>
    version === undefined ? spec : withHaproxyVersion(spec, version);
  if (article === undefined)
    return {frontends: planFrontends(spec), render: (version) => renderConfig(at(version))};
  const balance = articleAlgorithms.find((name) => name === (article === true ? 'roundrobin' : article));
  if (balance === undefined)
    throw new UsageError(
      `--article knows ${articleAlgorithms.join(' and ')}, not ${JSON.stringify(article)}.`,
      'Type --article leastconn, or --article alone.',
    );
  const {impala} = spec;
  if (impala === undefined)
    throw new UsageError(
      "The original article's layout is one of Impala daemons, and the spec has none.",
      'Leave out --article, or add impala with its coordinators to the spec.',
    );
  return {
    frontends: [planArticleFrontend(spec, impala, balance)],
    render: (version) => renderArticle(at(version), impala, balance),
  };
}
