import {availableParallelism} from 'node:os';
import {defineConfig} from 'vitest/config';

const sharingHost = ['test/impala-ha/**/*.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['test/support/temporary-folder.ts'],
    // Vitest's own choice is one less, and with two cores that is one worker. Most files wait for small programs.
    maxWorkers: availableParallelism(),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/vm/**', 'test/real/**', ...sharingHost],
          testTimeout: 30_000, // Not for slow tests: for machines that are busy with a build.
        },
      },
      {
        test: {
          // They install, start and reload one HAProxy of this host, so they go one after the other.
          name: 'impala-ha',
          include: sharingHost,
          testTimeout: 30_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          // Each test has folders of its own; most of its time is node's start.
          maxConcurrency: 3,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          // Each boots machines of its own; two files at once, since one of them mostly waits for its machine.
          name: 'vm',
          include: ['test/vm/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
