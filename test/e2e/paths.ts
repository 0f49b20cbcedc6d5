// Where the tool under test is: this checkout, or another copy of it, such as an installed one.
import {join} from 'node:path';
import {projectRoot} from '../../src/core/paths.ts';

const root = process.env.BUILD_SPARK_UNDER_TEST ?? projectRoot;

export const launcher = join(root, 'bin/build-spark');
export const main = join(root, 'lib/bundle/build-spark.js');
