import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Client } from '../../src/api/client.ts';
import { WrongContentError } from '../../src/api/content.ts';
import { digestOf } from '../../src/api/digests.ts';
import { errorOf } from '../../src/api/errors.ts';
import { readDeleted, readPreview, readTags } from '../../src/api/extensions.ts';
import { gather, nextPage, pages } from '../../src/api/paging.ts';
import { RemoteRepository } from '../../src/api/remoteRepository.ts';
import { Session } from '../../src/api/session.ts';
import { readCollections, readUsage } from '../../src/api/usage.ts';

/** A client of a registry with responses by path. */
function clientOf(answers: Record<string, () => Response>, asked: string[] = []): Client {
  const fetcher = async (input: string | URL | Request) => {
    asked.push(String(input));
    return answers[String(input)]?.() ?? Response.json({ errors: [{ code: 'NAME_UNKNOWN', message: 'There is none.' }] }, { status: 404 });
  };
  return new Client(new Session(fetcher), fetcher);
}

const repository = (answers: Record<string, () => Response>, asked?: string[]) =>
  new RemoteRepository(clientOf(answers, asked), 'app', new Map());

test('links to the next page are followed within the API alone', () => {
  const at = '/v2/app/tags/list?n=2';
  assert.equal(nextPage('</v2/app/tags/list?n=2&last=b>; rel="next"', at), '/v2/app/tags/list?n=2&last=b');
  assert.equal(nextPage('<list?last=b>; rel=next', at), '/v2/app/tags/list?last=b');
  assert.equal(nextPage('</v2/x>; rel="prev", </v2/y>; title="a"; rel="last next"', at), '/v2/y');
  assert.equal(nextPage('</v2/x>; rel="prev"', at), undefined);
  assert.equal(nextPage('</v2/x>; rel="nextish"', at), undefined);
  assert.equal(nextPage('<https://evil.example/v2/x>; rel="next"', at), undefined);
  assert.equal(nextPage('</ui/x>; rel="next"', at), undefined);
  assert.equal(nextPage('<javascript:alert(1)>; rel="next"', at), undefined);
  assert.equal(nextPage(null, at), undefined);
});

test('pages come one after another, and a link to itself ends them', async () => {
  const page = (items: string[], link?: string) => () =>
    new Response(JSON.stringify(items), { headers: link ? { Link: `<${link}>; rel="next"` } : {} });
  const client = clientOf({ '/v2/a': page(['1', '2'], '/v2/b'), '/v2/b': page(['3'], '/v2/b') });
  const read = (document: unknown) => document as string[];
  assert.deepEqual(await gather(pages(client, '/v2/a', { area: '' }, read), 10), { items: ['1', '2', '3'], more: false });
  assert.deepEqual(await gather(pages(client, '/v2/a', { area: '' }, read), 1), { items: ['1'], more: true });
});

test('a manifest is what its digest says, and is asked for once', async () => {
  const bytes = new TextEncoder().encode('{"schemaVersion":2,"layers":[]}');
  const digest = (await digestOf(bytes))!;
  const asked: string[] = [];
  const answer = () =>
    new Response(bytes, { headers: { 'Content-Type': 'application/vnd.oci.image.manifest.v1+json', 'Docker-Content-Digest': digest } });
  const app = repository({ '/v2/app/manifests/v1': answer, [`/v2/app/manifests/${digest}`]: answer }, asked);
  assert.equal((await app.manifest('v1')).digest, digest);
  await app.manifest(digest);
  assert.deepEqual(asked, ['/v2/app/manifests/v1']);
  const other = `sha256:${'0'.repeat(64)}`;
  await assert.rejects(repository({ [`/v2/app/manifests/${other}`]: answer }).manifest(other), WrongContentError);
  assert.equal(await app.find('nothing'), undefined);
});

test('tags are listed with what they point to, or by name alone', async () => {
  const tagged = {
    name: 'app',
    actions: ['pull', 'delete'],
    tags: [{ tag: 'v1', digest: `sha256:${'a'.repeat(64)}`, size: 10, changed: '2026-11-25T10:00:00Z' }],
  };
  const all = async (of: RemoteRepository) =>
    (
      await gather(
        (async function* () {
          for await (const page of of.tags()) yield page.tags;
        })(),
        10,
      )
    ).items;
  const [rich] = await all(repository({ '/v2/app/_registry/tags/list?n=1000': () => Response.json(tagged) }));
  assert.equal(rich!.changed?.toISOString(), '2026-11-25T10:00:00.000Z');
  const [plain] = await all(repository({ '/v2/app/tags/list?n=1000': () => Response.json({ name: 'app', tags: ['v1'] }) }));
  assert.equal(plain!.tag, 'v1');
  assert.equal(plain!.digest, undefined);
});

test('registries without referrers are asked for the tag in their place', async () => {
  const subject = `sha256:${'a'.repeat(64)}`;
  const index = new TextEncoder().encode(
    JSON.stringify({ manifests: [{ mediaType: 'm', digest: `sha256:${'b'.repeat(64)}`, size: 3, artifactType: 't' }] }),
  );
  const app = repository({
    [`/v2/app/manifests/sha256-${'a'.repeat(64)}`]: () =>
      new Response(index, { headers: { 'Content-Type': 'application/vnd.oci.image.index.v1+json' } }),
  });
  assert.deepEqual(
    (await app.referrers(subject)).map((one) => one.artifactType),
    ['t'],
  );
  assert.deepEqual(await repository({}).referrers(subject), []);
});

test('answers of any shape are read without a throw', () => {
  for (const odd of [
    null,
    1,
    'x',
    [],
    {},
    { tags: 1 },
    { tags: [null, 1, {}, []], actions: [1] },
    { deleted: [{}] },
    { collections: [null, 1] },
    { referrers: [{}], parents: [1, 'x'] },
  ]) {
    assert.deepEqual(readTags(odd), { actions: [], tags: [] });
    assert.deepEqual(readDeleted(odd), []);
    assert.deepEqual(readPreview(odd).parents, []);
    readCollections(odd);
    assert.equal(readUsage(odd), undefined);
  }
  const usage = readUsage({
    name: 'a',
    bytes: -1,
    uniqueBytes: 1.5,
    lastPushed: 'never',
    lastPulled: '2026-11-24',
    history: [{ day: '2026-11-25', bytes: 2 }, { day: '2026-11-24', bytes: 1 }, { day: 'x' }, { day: '2026-99-99' }],
  })!;
  assert.equal(usage.bytes, 0);
  assert.equal(usage.uniqueBytes, undefined);
  assert.equal(usage.lastPushed, undefined);
  assert.equal(usage.lastPulled, '2026-11-24');
  assert.deepEqual(
    usage.history.map((point) => point.day),
    ['2026-11-24', '2026-11-25'],
  );
});

test('errors say what the registry says, or at least its status', async () => {
  const told = await errorOf(Response.json({ errors: [{ code: 'DENIED', message: 'No rule allows it.' }] }, { status: 403 }));
  assert.deepEqual([told.status, told.code, told.message], [403, 'DENIED', 'No rule allows it.']);
  const throttled = await errorOf(new Response('<html>', { status: 429, headers: { 'Retry-After': '60' } }));
  assert.match(throttled.message, /429.*60 seconds/);
});
