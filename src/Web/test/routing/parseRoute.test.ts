import assert from 'node:assert/strict';
import { test } from 'vitest';
import { comparePath, blobPath, graphPath, homePath, manifestPath, repositoryPath, usagePath } from '../../src/routing/paths.ts';
import { isOwnPage, parseRoute, type Route } from '../../src/routing/parseRoute.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** Where a link leads. */
const follow = (path: string): Route => {
  const url = new URL(path, 'http://x');
  assert.ok(isOwnPage(url.pathname));
  return parseRoute(url.pathname, url.search);
};

test('every address that the pages make leads to its page', () => {
  assert.deepEqual(follow(homePath), { page: 'home' });
  assert.deepEqual(follow('/'), { page: 'home' });
  assert.deepEqual(follow('/ui'), { page: 'home' });
  assert.deepEqual(follow(usagePath), { page: 'usage' });
  const repository = follow(repositoryPath('a/b.c', 'deleted'));
  assert.ok(repository.page === 'repository' && repository.name === 'a/b.c' && repository.query.get('view') === 'deleted');
  const tag = follow(manifestPath('a/b', 'v1.0', 'json'));
  assert.ok(tag.page === 'manifest' && tag.name === 'a/b' && tag.reference === 'v1.0' && tag.query.get('view') === 'json');
  const pinned = follow(manifestPath('a', digest));
  assert.ok(pinned.page === 'manifest' && pinned.reference === digest);
  const blob = follow(blobPath('a', digest, digest));
  assert.ok(blob.page === 'manifest' && blob.query.get('blob') === digest);
  const compared = follow(comparePath('a', 'v1', digest));
  assert.ok(compared.page === 'manifest' && compared.query.get('compare') === digest);
  const graph = follow(graphPath('a', ['v1', 'v2']));
  assert.ok(graph.page === 'repository' && graph.query.getAll('tag').join() === 'v1,v2');
});

test('whatever else stands in an address is no page', () => {
  for (const odd of [
    '/ui/_x',
    '/ui/A',
    '/ui/a:',
    '/ui/a@v1',
    '/ui/a:b/c',
    '/ui/a:sha256:1',
    '/ui/a//b',
    '/ui/%ff',
    '/ui/%2e%2e/x',
    '/ui/<img>',
    '/ui/a:v1@x',
    '/other',
    '/v2/',
  ])
    assert.equal(parseRoute(odd, '').page, 'unknown', odd);
  assert.equal(parseRoute('/ui/a%2Fb', '').page, 'repository');
  assert.ok(!isOwnPage('/ui/_/app.js'));
  assert.ok(!isOwnPage('/v2/_catalog'));
});
