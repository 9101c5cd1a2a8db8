import assert from 'node:assert/strict';
import { test } from 'vitest';
import { comparePath, blobPath, graphPath, homePath, manifestPath, repositoryPath, usagePath } from '../src/parts/paths.ts';
import { Semaphore } from '../src/parts/semaphore.ts';
import { isOwnPage, parseRoute, type Route } from '../src/router.ts';
import { sortTags } from '../src/views/repository/sortTags.ts';
import { formatDuration } from '../src/parts/format.ts';
import { growthOf, totalHistory } from '../src/views/usage/growth.ts';

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

test('tags are sorted newest first, by version or by name', () => {
  const tags = [
    { tag: 'b', changed: new Date(1) },
    { tag: '1.2' },
    { tag: '1.10', changed: new Date(3) },
    { tag: 'a', changed: new Date(3) },
  ];
  assert.deepEqual(
    sortTags(tags, 'newest').map((tag) => tag.tag),
    ['1.10', 'a', 'b', '1.2'],
  );
  assert.deepEqual(
    sortTags(tags, 'version').map((tag) => tag.tag),
    ['1.10', '1.2', 'a', 'b'],
  );
  assert.deepEqual(
    sortTags(tags, 'name').map((tag) => tag.tag),
    ['1.10', '1.2', 'a', 'b'],
  );
});

test('growth is what has come since the last point before', () => {
  const of = (...points: [string, number][]) =>
    growthOf({ history: points.map(([day, bytes]) => ({ day, bytes, manifests: 0 })) } as never, 30);
  assert.equal(of(['2026-10-01', 1024], ['2026-10-20', 2048], ['2026-11-25', 4096]), '+2.0 KiB');
  assert.equal(of(['2026-11-20', 4096], ['2026-11-25', 1024]), '−3.0 KiB');
  assert.equal(of(['2026-11-25', 1024]), '–');
  assert.equal(of(), '–');
});

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

test('what all repositories held on a day is what each held last', () => {
  const of = (...points: [string, number][]) => ({ history: points.map(([day, bytes]) => ({ day, bytes, manifests: 1 })) }) as never;
  assert.deepEqual(totalHistory([]), []);
  assert.deepEqual(totalHistory([of(['2026-11-01', 10], ['2026-11-03', 30]), of(['2026-11-02', 5]), of()]), [
    { day: '2026-11-01', bytes: 10, manifests: 1 },
    { day: '2026-11-02', bytes: 15, manifests: 2 },
    { day: '2026-11-03', bytes: 35, manifests: 2 },
  ]);
});

test('durations of .NET are told in words', () => {
  assert.equal(formatDuration('00:00:00.6039977'), '0.6 s');
  assert.equal(formatDuration('00:01:02.6'), '1 min 3 s');
  assert.equal(formatDuration('1.02:00:04'), '1 d 2 h 4 s');
  assert.equal(formatDuration('<b>'), '<b>');
});
