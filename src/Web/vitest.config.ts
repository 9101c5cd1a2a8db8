import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'threads',
    unstubGlobals: true,
    // Compressing samples takes seconds on a busy machine.
    testTimeout: 60_000,
    projects: [
      // Test files share imported modules, because no module has state that a test changes.
      { extends: true, test: { name: 'modules', include: ['test/**/*.test.ts'], isolate: false } },
      // Each file has a document of its own.
      {
        extends: true,
        test: {
          name: 'components',
          include: ['test/**/*.test.tsx'],
          setupFiles: 'test/setupComponents.ts',
          environment: 'happy-dom',
          environmentOptions: { happyDOM: { url: 'http://registry.invalid/' } },
        },
      },
    ],
  },
});
