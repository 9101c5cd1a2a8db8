import assert from 'node:assert/strict';
import { test } from 'vitest';
import { stepsOf } from '../../src/oci/history.ts';

const layer = (fill: string) => ({ mediaType: 'l', digest: `sha256:${fill.repeat(64)}`, size: 1 });

test('steps of the history stand beside the layers that they made', () => {
  const layers = [layer('1'), layer('2'), layer('3')];
  const steps = stepsOf(layers, { history: [{ created_by: 'ADD' }, { created_by: 'ENV', empty_layer: true }, { created_by: 'RUN' }] });
  assert.deepEqual(
    steps.map((step) => [step.createdBy, step.index]),
    [
      ['ADD', 0],
      ['ENV', undefined],
      ['RUN', 1],
      [undefined, 2],
    ],
  );
  assert.deepEqual(
    stepsOf([], { history: [{ created_by: 'ADD' }] }).map((step) => step.layer),
    [undefined],
  );
  assert.deepEqual(stepsOf(layers, {}).length, 3);
});
