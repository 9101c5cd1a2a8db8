import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseImageConfig, parseManifest } from '../../src/oci/parse.ts';

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const digest = `sha256:${'a'.repeat(64)}`;

test('what is wrong in a manifest is left out, and nothing is thrown', () => {
  for (const odd of [
    null,
    1,
    'x',
    [],
    { layers: {}, config: [], subject: 'x', annotations: [] },
    { layers: [null, {}, { digest: 1 }, { digest: '../../x' }, { digest: 'sha256:zz' }] },
  ]) {
    const manifest = parseManifest(bytes(odd));
    assert.deepEqual(manifest.layers ?? [], []);
    assert.equal(manifest.config, undefined);
    assert.equal(manifest.subject, undefined);
  }
  assert.deepEqual(parseManifest(new Uint8Array([0xff, 0x00])), {});
  const [one] = parseManifest(
    bytes({ layers: [{ digest, size: -5, mediaType: 7, annotations: { a: 'b', c: 1 }, platform: { os: 'linux' }, urls: ['x', 2] }] }),
  ).layers!;
  assert.deepEqual(one, { mediaType: '', digest, size: 0, annotations: { a: 'b' }, urls: ['x'] });
});

test('annotations named after members of objects are annotations', () => {
  const { annotations } = parseManifest(new TextEncoder().encode('{"annotations":{"__proto__":"a","constructor":"b"}}'));
  assert.deepEqual(Object.entries(annotations!), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  assert.equal(({} as { a?: string }).a, undefined);
});

test('a config of any shape is read', () => {
  for (const odd of [
    null,
    [],
    { config: 1, history: {}, rootfs: [] },
    { config: { Env: 'x', Labels: [], ExposedPorts: null }, history: [null, 1] },
  ])
    parseImageConfig(bytes(odd));
  assert.deepEqual(parseImageConfig(bytes({ config: { Env: ['A=1', 2] } })).config?.Env, ['A=1']);
});
