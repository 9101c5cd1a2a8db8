import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Semaphore } from '../../src/api/semaphore.ts';

test('a semaphore lets no more in at a time than it should, and passes the aborted over', async () => {
  const semaphore = new Semaphore(2);
  let [inside, most, done] = [0, 0, 0];
  const abort = new AbortController();
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((go) => setTimeout(go, 1));
    inside--;
    done++;
  };
  const kept = new AbortController().signal;
  const all = [1, 2, 3, 4, 5].map(() => semaphore.enter(kept, work));
  const late = semaphore.enter(abort.signal, work);
  abort.abort();
  await assert.rejects(late, { name: 'AbortError' });
  await Promise.all(all);
  await semaphore.enter(kept, work);
  assert.deepEqual([most, done], [2, 6]);
});
