// Of a job's plan what its dist is held against when it comes. Pure.
import {featureNames} from '../catalogue/features.ts';
import {z} from '../core/schema.ts';

export const expectationSchema = z.object({
  commit: z.string(),
  features: z.array(z.enum(featureNames)).readonly(),
  deps: z.enum(['provided', 'bundled']),
  dependencies: z.enum(['none', 'cloudera', 'apache']),
  arguments: z.array(z.string()).readonly(),
  facts: z.object({projectVersion: z.string()}),
});
