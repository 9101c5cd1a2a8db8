import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    // No test changes a module's state, so that the files of one thread share what they import.
    pool: 'threads',
    isolate: false,
    // Compression of samples takes seconds on a busy machine.
    testTimeout: 60_000,
  },
});
