import assert from 'node:assert/strict';
import { test } from 'vitest';
import { growthOf, totalHistory } from '../../../src/pages/usage/growth.ts';

test('growth is what has come since the last point before', () => {
  const of = (...points: [string, number][]) =>
    growthOf({ history: points.map(([day, bytes]) => ({ day, bytes, manifests: 0 })) } as never, 30);
  assert.equal(of(['2026-10-01', 1024], ['2026-10-20', 2048], ['2026-11-25', 4096]), '+2.0 KiB');
  assert.equal(of(['2026-11-20', 4096], ['2026-11-25', 1024]), '−3.0 KiB');
  assert.equal(of(['2026-11-25', 1024]), '–');
  assert.equal(of(), '–');
});

test('what all repositories held on a day is what each held last', () => {
  const of = (...points: [string, number][]) => ({ history: points.map(([day, bytes]) => ({ day, bytes, manifests: 1 })) }) as never;
  assert.deepEqual(totalHistory([]), []);
  assert.deepEqual(totalHistory([of(['2026-11-01', 10], ['2026-11-03', 30]), of(['2026-11-02', 5]), of()]), [
    { day: '2026-11-01', bytes: 10, manifests: 1 },
    { day: '2026-11-02', bytes: 15, manifests: 2 },
    { day: '2026-11-03', bytes: 35, manifests: 2 },
  ]);
});
