// What lint enforces beyond types: one door per outside thing, and imports that point one way.
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const doors = {
  execa: 'src/core/exec.ts',
  ssh2: 'src/core/ssh.ts',
  listr2: 'src/report/terminal.ts',
  commander: 'src/cli',
  zod: 'src/core/schema.ts',
  'hive-driver': 'src/ha/hive-client.ts',
};
const childProcess = {
  name: 'node:child_process',
  message: 'Only src/core/exec.ts starts processes; take an Exec instead.',
};

/** Forbids what lies behind a door, except the packages named in `open`. */
const closedDoors = (...open) => [
  childProcess,
  ...Object.entries(doors)
    .filter(([name]) => !open.includes(name))
    .map(([name, owner]) => ({name, message: `Only ${owner} imports ${name}.`})),
];

/** Layers from the bottom up; a folder may import its own layer and those before it. */
const layers = [
  ['core'],
  ['maven', 'remote'],
  ['catalogue', 'cache', 'sample', 'source', 'dependencies', 'machine', 'dist'],
  ['build', 'install', 'ha'],
  ['report', 'host'],
  ['cli'],
];

const forbid = (names, message) =>
  names.length === 0 ? [] : [{group: names.map((name) => `**/${name}/*`), message}];

/** The three jobs know nothing of each other, and impala-ha knows nothing of Spark's builds at all. */
const siblings = {
  build: ['install', 'ha'],
  install: ['build', 'ha'],
  ha: ['build', 'install', 'maven', ...layers[2]],
};

const layerRule = (index, folder) => [
  ...forbid(layers.slice(index + 1).flat(), `Imports point one way; ${layers[index]} is below.`),
  ...forbid(siblings[folder] ?? [], `${folder} is a job of its own.`),
];

const restrict = (index, folder, ...open) => ({
  'no-restricted-imports': ['error', {paths: closedDoors(...open), patterns: layerRule(index, folder)}],
});

export default tseslint.config(
  {
    ignores: [
      'lib/',
      'node_modules/',
      'dist-*/',
      'source-*/',
      'src/sample/tree/',
      'puppet/',
      'vagrant/',
      'patches/',
    ],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true}],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', {ignoreArrowShorthand: true}],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'max-lines': ['error', {max: 300}],
    },
  },
  ...layers.flatMap((folders, index) =>
    folders.map((folder) => ({
      files: [`src/${folder}/**/*.ts`],
      rules: restrict(index, folder, ...(folder === 'cli' ? ['commander'] : [])),
    })),
  ),
  {files: ['src/**/*.ts'], ignores: ['src/cli/**'], rules: {'no-restricted-globals': ['error', 'process']}},
  {
    files: ['src/**/*.ts'],
    ignores: ['src/core/mounts.ts', 'src/cache/trash.ts', 'src/machine/fake.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.name='rm'] Property[key.name='recursive']",
          message: 'removeTree of src/core/mounts.ts looks for mounts first.',
        },
      ],
    },
  },
  {files: ['src/core/exec.ts'], rules: restrict(0, 'core', 'execa')},
  {files: ['src/core/schema.ts'], rules: restrict(0, 'core', 'zod')},
  {files: ['src/core/ssh.ts', 'src/core/ssh-login.ts'], rules: restrict(0, 'core', 'ssh2')},
  {files: ['src/ha/hive-client.ts'], rules: restrict(3, 'ha', 'hive-driver')},
  {files: ['src/report/terminal.ts'], rules: restrict(4, 'report', 'listr2')},
  {
    files: ['{test,bench,docs}/**/*.mjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        URL: 'readonly',
      },
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
);
