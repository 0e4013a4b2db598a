import { defineConfig } from 'vitest/config';

/**
 * `unit`: everything pure or in one process, in parallel. `system`: real nats-server, Prometheus and processes, one file
 * at a time because they share two cores.
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,spec,engine,ui}/**/*.test.{ts,tsx}', 'test/tidy.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/{contract,e2e}/**/*.test.{ts,tsx}'],
          globalSetup: ['test/support/build-once.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
