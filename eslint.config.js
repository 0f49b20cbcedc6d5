// What lint enforces beyond types: one door per outside thing, and imports that point one way.
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const doors = {
  execa: 'src/core/exec.ts',
  ssh2: 'src/core/ssh.ts, ssh-login.ts and signing-keys.ts',
  commander: 'src/core/command-line.ts, src/cli, src/impala-ha and src/reference',
  zod: 'src/core/schema.ts',
  'p-limit': 'src/core/map-limited.ts',
  bullmq: 'src/fleet/queue.ts and queue-postgres.ts',
  ioredis: 'src/fleet/queue-address.ts',
  pg: 'src/fleet/queue-postgres.ts',
  'hive-driver': 'src/remote/hive-client.ts',
  'packageurl-js': 'src/proof/sbom.ts',
  '@sigstore/core': 'src/proof/dsse.ts',
};
const childProcess = {
  name: 'node:child_process',
  message: 'Only src/core/exec.ts starts processes; take an Exec instead.',
};

/** Files are opened in the room that owns them. */
const files = ['node:fs', 'node:fs/promises', 'node:crypto'].map((name) => ({
  name,
  message: 'The command line is argv in and text out; what opens files is in a room below.',
}));

/** Forbids what lies behind a door, except the packages named in `open`. */
const closedDoors = (...open) => [
  childProcess,
  ...Object.entries(doors)
    .filter(([name]) => !open.includes(name))
    .map(([name, owner]) => ({name, message: `Only ${owner} imports ${name}.`})),
];

/** Rooms from the bottom up; a room imports only from itself and those before it. docs/adr/0019-rooms.md */
const rooms = [
  ...[
    'core',
    'page',
    'remote',
    'store',
    'maven',
    'catalogue',
    'source',
    'distribution',
    'linking',
    'proof',
    'parcel',
    'machine',
    'host',
    'recipe',
    'runs',
  ],
  ...['batch', 'offline', 'fleet', 'install', 'impala-ha', 'report', 'cli', 'reference'],
];

const forbid = (names, message) =>
  names.length === 0 ? [] : [{group: names.map((name) => `**/${name}/*`), message}];

/** The three jobs know nothing of each other, and impala-ha knows nothing of Spark's builds at all. */
const strangers = {
  'impala-ha': rooms.filter((room) => !['core', 'page', 'remote', 'impala-ha'].includes(room)),
  install: ['recipe', 'batch', 'fleet'],
};

const roomRule = (room) => [
  ...forbid(rooms.slice(rooms.indexOf(room) + 1), `Imports point one way; ${room} is below.`),
  ...forbid(strangers[room] ?? [], `${room} is a job of its own.`),
];

const restrict = (room, ...open) => ({
  'no-restricted-imports': ['error', {paths: closedDoors(...open), patterns: roomRule(room)}],
});

export default tseslint.config(
  {
    ignores: [
      'lib/',
      'node_modules/',
      'dist-*/',
      'source-*/',
      'data/sample/tree/',
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
  ...rooms.map((room) => ({
    files: [`src/${room}/**/*.ts`],
    rules: restrict(room, ...(['cli', 'impala-ha', 'reference'].includes(room) ? ['commander'] : [])),
  })),
  {
    // process.ts writes its last words to a file descriptor, when the event loop may not turn again.
    files: ['src/cli/**/*.ts'],
    ignores: ['src/cli/process.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {paths: [...closedDoors('commander'), ...files], patterns: roomRule('cli')},
      ],
    },
  },
  {
    // `core` is what every room is written with: errors, exit codes, text. The table of options is what commander's options
    // are made of.
    files: ['src/cli/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: rooms.slice(1, rooms.indexOf('batch')).map((room) => ({
            group: [`**/${room}/*`, '!**/recipe/option-*.ts'],
            message: 'Of rooms below batch the command line knows the types alone.',
            allowTypeImports: true,
          })),
        },
      ],
    },
  },
  {files: ['src/**/*.ts'], ignores: ['src/cli/**'], rules: {'no-restricted-globals': ['error', 'process']}},
  {
    files: ['src/**/*.ts'],
    ignores: ['src/core/mounts.ts', 'src/store/trash.ts', 'src/machine/fake.ts'],
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
  {files: ['src/core/exec.ts'], rules: restrict('core', 'execa')},
  {files: ['src/core/command-line.ts'], rules: restrict('core', 'commander')},
  {files: ['src/core/map-limited.ts'], rules: restrict('core', 'p-limit')},
  {files: ['src/core/schema.ts'], rules: restrict('core', 'zod')},
  {
    files: ['src/core/ssh.ts', 'src/core/ssh-login.ts', 'src/core/signing-keys.ts'],
    rules: restrict('core', 'ssh2'),
  },
  {files: ['src/proof/dsse.ts'], rules: restrict('proof', '@sigstore/core')},
  {files: ['src/proof/sbom.ts'], rules: restrict('proof', 'packageurl-js')},
  {files: ['src/fleet/queue.ts'], rules: restrict('fleet', 'bullmq')},
  {files: ['src/fleet/queue-postgres.ts'], rules: restrict('fleet', 'bullmq', 'pg')},
  {files: ['src/fleet/queue-address.ts'], rules: restrict('fleet', 'ioredis')},
  {files: ['src/remote/hive-client.ts'], rules: restrict('remote', 'hive-driver')},
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
    files: ['data/page/*.js'],
    languageOptions: {
      sourceType: 'script',
      globals: Object.fromEntries(
        [
          ...['document', 'location', 'navigator', 'getSelection', 'addEventListener', 'setTimeout'],
          ...['CSS', 'EventSource', 'Option'],
        ].map((name) => [name, 'readonly']),
      ),
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
