import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { gzipSync } from 'node:zlib';
import { readChart } from '../../../src/artifacts/charts/chart.ts';

test('a chart out of its archive', async () => {
  const chart = await readChart(new Uint8Array(readFileSync('test/data/artifacts/chart.tgz')));
  assert.equal(chart.values, 'replicas: 1\n');
  assert.match(chart.readme ?? '', /^# My chart/);
  assert.deepEqual(chart.files.map(({ path }) => path).sort(), [
    'Chart.yaml',
    'README.md',
    'charts/sub/values.yaml',
    'logo.png',
    'templates/deployment.yaml',
    'values.yaml',
  ]);
  assert.equal(chart.files.find(({ path }) => path === 'templates/deployment.yaml')?.text, 'kind: Deployment\n');
  assert.deepEqual(
    chart.files.filter(({ text }) => text === undefined).map(({ path, size }) => [path, size]),
    [['logo.png', 300]],
  );
});

test('what is no chart, or a bomb, is refused', async () => {
  await assert.rejects(readChart(new TextEncoder().encode('hello')));
  await assert.rejects(readChart(gzipSync('hello')));
  await assert.rejects(readChart(gzipSync(new Uint8Array(101 * 1024 * 1024))), /exceeds the size limit of Helm/);
  assert.deepEqual((await readChart(gzipSync(new Uint8Array(1024)))).files, []);
});
