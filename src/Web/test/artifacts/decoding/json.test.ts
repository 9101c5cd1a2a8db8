import assert from 'node:assert/strict';
import { test } from 'vitest';
import { asList, asText, dig, parseJson } from '../../../src/artifacts/decoding/json.ts';
import { members } from '../../../src/oci/untrustedJson.ts';
import { keysOf, nodesWithin } from '../../../src/artifacts/decoding/jsonTree.ts';

test('JSON of any shape is read without trust', () => {
  assert.throws(() => parseJson('{'), /not JSON/);
  const odd = parseJson('{"__proto__":{"a":1},"constructor":3,"list":{"0":1},"text":""}');
  assert.equal(dig(odd, '__proto__', 'a'), 1);
  assert.equal(dig({}, 'constructor', 'name'), undefined);
  assert.equal(dig(odd, 'list', 0), 1);
  assert.equal(dig('text', 'length'), undefined);
  assert.equal(asText(dig(odd, 'text')), undefined);
  assert.deepEqual(asList({ length: 5 }), []);
  assert.deepEqual(members([1]), {});
  assert.equal(dig(parseJson('['.repeat(50_000) + ']'.repeat(50_000)), 0, 0) !== undefined, true);
});

test('counting the values of a tree ends at the limit', () => {
  assert.equal(nodesWithin({ a: [1, 2], b: null }, 100), 5);
  assert.equal(
    nodesWithin(
      Array.from({ length: 1_000_000 }, () => 0),
      10,
    ),
    11,
  );
  assert.ok(nodesWithin(JSON.parse('['.repeat(5000) + ']'.repeat(5000)), 10_000) === 5000);
});

test('the names of a tree are made no further than they are shown', () => {
  assert.deepEqual(keysOf({ b: 1, a: 2, c: 3 }, 2), { keys: ['b', 'a'], count: 3 });
  assert.deepEqual(keysOf(['x', 'y'], 5), { keys: ['0', '1'], count: 2 });
  const before = performance.now();
  assert.equal(keysOf(new Array(50_000_000), 100).keys.length, 100);
  assert.ok(performance.now() - before < 1000);
});
