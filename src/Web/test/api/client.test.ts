import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseChallenge } from '../../src/api/challenge.ts';
import { Client } from '../../src/api/client.ts';
import { RegistryError } from '../../src/api/errors.ts';
import { Registry } from '../../src/api/registry.ts';
import { Session } from '../../src/api/session.ts';

const realm = 'Bearer realm="http://registry.invalid/v2/token",service="registry.invalid"';

/** A registry with a robot that may delete, and public pulls from public/. Tokens contain their scopes. */
function registry() {
  const asked: string[] = [];
  const accounts: Record<string, string> = { ci: 'secret' };
  const json = (value: unknown, status = 200, headers: Record<string, string> = {}) =>
    new Response(JSON.stringify(value), { status, headers });
  const fetcher = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input), 'http://registry.invalid');
    const authorization = new Headers(init.headers).get('Authorization');
    asked.push(`${init.method ?? 'GET'} ${url.pathname} ${authorization ?? ''}`.trim());
    assert.equal(init.credentials, 'omit');
    if (url.pathname === '/v2/token') {
      const form = init.method === 'POST' ? new URLSearchParams(String(init.body)) : undefined;
      if (form && accounts[form.get('username') ?? ''] !== form.get('password'))
        return json({ errors: [{ code: 'UNAUTHORIZED', message: 'wrong' }] }, 401);
      const scopes = form ? (form.get('scope') ?? '') : url.searchParams.getAll('scope').join(' ');
      return json({ token: `${form?.get('username') ?? 'nobody'}|${scopes}`, expires_in: 300 });
    }
    if (url.pathname === '/v2/') return json({}, authorization ? 200 : 401, { 'WWW-Authenticate': realm });
    const [, name] = /^\/v2\/(.+)\/tags\/list$/.exec(url.pathname)!;
    const token = authorization?.slice('Bearer '.length) ?? '';
    const good = token.includes(`repository:${name}:pull`) || token.includes(`repository:${name}:*`);
    const may = token.startsWith('ci|') || name!.startsWith('public/');
    if (good && may) return json({ name, tags: [], who: token.split('|')[0] });
    return json({ errors: [{ code: 'UNAUTHORIZED', message: 'Log in' }] }, 401, {
      'WWW-Authenticate': `${realm},scope="repository:${name}:pull"`,
    });
  };
  const session = new Session(fetcher);
  return { asked, accounts, session, client: new Client(session, fetcher) };
}

const list = (client: Client, name: string, quiet = false) =>
  client.json(`/v2/${name}/tags/list`, { area: name, quiet }) as Promise<{ who: string }>;

test('an anonymous user gets a token when the registry requires one, and keeps it', async () => {
  const { client, asked, session } = registry();
  assert.equal((await list(client, 'public/app')).who, 'nobody');
  await list(client, 'public/app');
  assert.deepEqual(asked, [
    'GET /v2/public/app/tags/list',
    'GET /v2/token',
    'GET /v2/public/app/tags/list Bearer nobody|repository:public/app:pull',
    'GET /v2/public/app/tags/list Bearer nobody|repository:public/app:pull',
  ]);
  assert.equal(session.state.asked, undefined);
});

test('many requests at once share one token', async () => {
  const { client, asked } = registry();
  await Promise.all([1, 2, 3, 4].map(() => list(client, 'public/app')));
  assert.equal(asked.filter((line) => line.startsWith('GET /v2/token')).length, 1);
});

test('the user is asked once for required credentials, unless the request is optional', async () => {
  const { client, session } = registry();
  await assert.rejects(list(client, 'private/app', true), (error) => error instanceof RegistryError && error.status === 401);
  assert.equal(session.state.asked, undefined);
  await assert.rejects(list(client, 'private/app'), RegistryError);
  assert.notEqual(session.state.asked, undefined);
});

test('who has signed in asks with all rights from the first request on', async () => {
  const { client, session, asked } = registry();
  const challenge = await client.challenge();
  await assert.rejects(session.signIn(challenge!, 'ci', 'wrong'), (error) => error instanceof RegistryError && error.status === 401);
  assert.equal(session.state.user, undefined);
  await session.signIn(challenge!, 'ci', 'secret');
  assert.equal(session.state.user, 'ci');
  asked.length = 0;
  assert.equal((await list(client, 'public/app')).who, 'ci');
  assert.deepEqual(asked, ['POST /v2/token', 'GET /v2/public/app/tags/list Bearer ci|repository:public/app:*']);
});

test("signing out forgets tokens and credentials, and tells the page that what it has is another's", async () => {
  const { client, session } = registry();
  await session.signIn((await client.challenge())!, 'ci', 'secret');
  await list(client, 'private/app');
  const version = session.state.version;
  session.signOut();
  assert.equal(session.state.user, undefined);
  assert.ok(session.state.version > version);
  await assert.rejects(list(client, 'private/app'), RegistryError);
});

test('a secret that was revoked signs out and asks for another', async () => {
  const { client, session, accounts } = registry();
  await session.signIn((await client.challenge())!, 'ci', 'secret');
  accounts.ci = 'another';
  await assert.rejects(list(client, 'private/app'), RegistryError);
  assert.equal(session.state.user, undefined);
  assert.match(session.state.asked ?? '', /expired or were revoked/);
});

test("credentials are sent to no other host than the page's", async () => {
  const { session, asked } = registry();
  for (const elsewhere of [
    'https://evil.example/v2/token',
    '//evil.example/token',
    'javascript:alert(1)',
    'data:,x',
    'http://registry.invalid@evil.example/',
  ])
    await assert.rejects(session.signIn({ realm: elsewhere }, 'ci', 'secret'), /another host/);
  assert.deepEqual(asked, []);
});

test("a realm whose path looks like another host is asked of the page's own, and no redirect is followed with credentials", async () => {
  const sent: [string, RequestInit | undefined][] = [];
  const session = new Session(async (address, init) => {
    sent.push([String(address), init]);
    return Response.json({ token: 't' });
  });
  await session.signIn({ realm: 'http://registry.invalid//evil.example/token' }, 'ci', 'secret');
  assert.equal(new URL(sent[0]![0], 'http://registry.invalid').host, 'registry.invalid');
  assert.equal(sent[0]![1]?.redirect, 'error');
});

test('a token that comes after its user has signed out is not used', async () => {
  let release = () => {};
  const asked: string[] = [];
  const fetcher = async (address: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    asked.push(String(address));
    if (String(init.body ?? '').includes('scope=')) await new Promise<void>((go) => (release = go));
    return Response.json({ token: 'of-ci', expires_in: 300 });
  };
  const session = new Session(fetcher);
  await session.signIn({ realm: '/v2/token' }, 'ci', 'secret');
  const listed = list(new Client(session, fetcher), 'app');
  session.signOut();
  release();
  await assert.rejects(listed, RegistryError);
  assert.ok(
    asked.every((address) => address.endsWith('/v2/token')),
    asked.join(),
  );
});

test("who an issuer's token is of is read from it, and the refresh token is used in its place", async () => {
  const sent: URLSearchParams[] = [];
  const session = new Session(async (_, init) => {
    sent.push(new URLSearchParams(String(init?.body)));
    return Response.json({ token: 't', expires_in: 300, refresh_token: 'regref_1' });
  });
  const payload = Buffer.from(JSON.stringify({ sub: 'x', preferred_username: 'änne@example.org' })).toString('base64url');
  await session.signIn({ realm: '/v2/token' }, 'any', `e30.${payload}.c2ln`);
  assert.equal(session.state.user, 'änne@example.org');
  await session.token('app');
  assert.equal(sent[1]!.get('grant_type'), 'refresh_token');
  assert.equal(sent[1]!.get('refresh_token'), 'regref_1');
  assert.equal(sent[1]!.get('password'), null);
});

test('challenges are read as RFC 9110 has them', () => {
  assert.deepEqual(
    parseChallenge(
      'Bearer realm="https://h/v2/token",service="h",scope="repository:a/b:pull,push repository:c:pull",error="invalid_token"',
    ),
    {
      realm: 'https://h/v2/token',
      service: 'h',
      scope: 'repository:a/b:pull,push repository:c:pull',
      error: 'invalid_token',
    },
  );
  assert.deepEqual(parseChallenge('bearer service=h , realm="a\\"b"'), { realm: 'a"b', service: 'h' });
  assert.equal(parseChallenge('Basic realm="x"'), undefined);
  assert.equal(parseChallenge('Bearer service="h"'), undefined);
  assert.equal(parseChallenge(null), undefined);
});

test('what was got for one user is not remembered for the next', async () => {
  const bytes = new TextEncoder().encode('{}');
  const digest = `sha256:${Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')}`;
  let asked = 0;
  let release = () => {};
  const registry = new Registry(async (address) => {
    if (String(address).endsWith('/token')) return Response.json({ token: 't', expires_in: 300 });
    if (++asked === 1) await new Promise<void>((go) => (release = go));
    return new Response(bytes, { headers: { 'Content-Type': 'application/json' } });
  });
  const first = registry.repository('app').manifest(digest);
  await new Promise((resume) => setTimeout(resume));
  await registry.session.signIn({ realm: '/token' }, 'ci', 'secret');
  release();
  await first;
  await registry.repository('app').manifest(digest);
  assert.equal(asked, 2);
  await registry.repository('app').manifest(digest);
  assert.equal(asked, 2);
});
