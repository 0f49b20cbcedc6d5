// Which launch scripts belong to which feature. Data; the names are those of the block that Cloudera's script has.
import type {FeatureName} from '../catalogue/ref-facts.ts';

export interface FeatureScript {
  readonly path: string;
  readonly feature: FeatureName;
}

export const featureScripts: readonly FeatureScript[] = [
  {path: 'bin/spark-sql', feature: 'thriftserver'},
  {path: 'bin/beeline', feature: 'thriftserver'},
  {path: 'sbin/start-thriftserver.sh', feature: 'thriftserver'},
  {path: 'sbin/stop-thriftserver.sh', feature: 'thriftserver'},
  {path: 'bin/sparkR', feature: 'sparkr'},
];
