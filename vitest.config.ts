import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Of a machine that does four other things: what is tested is that it works, not how fast.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Two cores: end-to-end files start whole hubs, so they take turns.
    maxWorkers: 2,
  },
});
