// U1 (docs/design/hardening.md): every reader of strangers' bytes advances or fails.
import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { test } from 'vitest';
import { readers } from './readers.ts';

const rounds = Number(process.env.MUTATION_ROUNDS ?? 200);
const seed = Number(process.env.MUTATION_SEED ?? 1);
/** Milliseconds without progress after which a reader counts as hung, and megabytes of its heap. */
const patience = 15_000;
const heap = 512;

test('readers of untrusted bytes come to an end for mutated inputs', { timeout: 0 }, async () => {
  const options = { bundle: true, write: false, platform: 'node', format: 'esm', target: 'node20' } as const;
  const { outputFiles } = await build({ ...options, entryPoints: ['test/mutations/worker.ts'] });
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL(`data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString('base64')}`), {
    workerData: { rounds, seed, progress },
    resourceLimits: { maxOldGenerationSizeMb: heap },
  });
  const where = (): string => `${Object.keys(readers)[progress[0]!]}, round ${progress[1]}, seed ${seed}`;
  let watch: NodeJS.Timeout | undefined;
  try {
    const unexpected = await new Promise<string[]>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', (error: Error) => reject(new Error(`${where()}: ${error.message}`)));
      worker.once('exit', (code) => reject(new Error(`${where()}: the thread ended with ${code}`)));
      let last = '';
      watch = setInterval(() => {
        if (where() === last) reject(new Error(`Hung: ${last}`));
        last = where();
      }, patience);
    });
    assert.deepEqual(unexpected, []);
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
});
