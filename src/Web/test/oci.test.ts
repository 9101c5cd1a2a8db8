import assert from 'node:assert/strict';
import { test } from 'vitest';
import { commandsFor } from '../src/oci/commands.ts';
import { cosignTag, parseCosignTag } from '../src/oci/cosignTags.ts';
import { stepsOf } from '../src/oci/history.ts';
import { isDigest, isRepositoryName, isTag } from '../src/oci/names.ts';
import { parseImageConfig, parseManifest } from '../src/oci/parse.ts';
import { packageUrl } from '../src/oci/purl.ts';
import { compareVersions } from '../src/oci/versions.ts';

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const digest = `sha256:${'a'.repeat(64)}`;
const layer = (fill: string) => ({ mediaType: 'l', digest: `sha256:${fill.repeat(64)}`, size: 1 });

// purl-spec, tests/types/oci-test.json: the tests of type "build".
const vectors = [
  [
    { host: 'docker.io', repository: 'library/debian', digest: 'sha256:244fd47e07d10', arch: 'amd64', tag: 'latest' },
    'pkg:oci/debian@sha256:244fd47e07d10?arch=amd64&repository_url=docker.io%2Flibrary%2Fdebian&tag=latest',
  ],
  [
    { host: 'ghcr.io', repository: 'debian', digest: 'sha256:244fd47e07d10', tag: 'bullseye' },
    'pkg:oci/debian@sha256:244fd47e07d10?repository_url=ghcr.io%2Fdebian&tag=bullseye',
  ],
  [
    { host: 'gcr.io', repository: 'distroless/static', digest: 'sha256:244fd47e07d10', tag: 'latest' },
    'pkg:oci/static@sha256:244fd47e07d10?repository_url=gcr.io%2Fdistroless%2Fstatic&tag=latest',
  ],
  [{ repository: 'hello-wasm', digest: 'sha256:244fd47e07d10', tag: 'v1' }, 'pkg:oci/hello-wasm@sha256:244fd47e07d10?tag=v1'],
] as const;

test("package URLs are those of the spec's own vectors", () => {
  for (const [parts, expected] of vectors) assert.equal(packageUrl(parts), expected);
});

test('package URLs have their names in lower case and everything else encoded', () => {
  assert.equal(
    packageUrl({ host: 'localhost:5000', repository: 'A/B_c.d', digest: 'sha256:1' }),
    'pkg:oci/b_c.d@sha256:1?repository_url=localhost:5000%2FA%2FB_c.d',
  );
  assert.equal(
    packageUrl({ repository: 'a', digest: 'sha256:1', tag: "x!*'()&=#+ ü" }),
    'pkg:oci/a@sha256:1?tag=x%21%2A%27%28%29%26%3D%23%2B%20%C3%BC',
  );
});

test('tags are sorted as versions, the newest first, and others after them by name', () => {
  const sorted = [
    'v10.0.0',
    '2.0.0',
    '2.0.0-rc.10',
    '2.0.0-rc.2',
    '2.0.0-rc',
    '2.0.0-alpha',
    '1.10',
    '1.9.3',
    '1.9',
    '3.19-alpine',
    'latest',
    'main',
  ];
  const expected = [
    'v10.0.0',
    '3.19-alpine',
    '2.0.0',
    '2.0.0-rc.10',
    '2.0.0-rc.2',
    '2.0.0-rc',
    '2.0.0-alpha',
    '1.10',
    '1.9.3',
    '1.9',
    'latest',
    'main',
  ];
  for (const shuffled of [sorted, [...sorted].reverse(), [...sorted].sort()])
    assert.deepEqual([...shuffled].sort(compareVersions), expected);
});

test("semver.org's own example of precedence holds", () => {
  const rising = ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0'];
  assert.deepEqual([...rising].sort(compareVersions), [...rising].reverse());
  const huge = ['1.99999999999999999998.0', '1.99999999999999999999.0'];
  assert.deepEqual([...huge].sort(compareVersions), [...huge].reverse());
});

test('an order of tags is an order', () => {
  const tags = ['1', '1.0', '1.0.0', 'v1', '1-0', '1.0-1', '01', '1.', '-1', 'x', '1.0.0+b', 'V1.0', '1.0.1', '0'];
  for (const a of tags)
    for (const b of tags) {
      assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)) + 0, `${a} ${b}`);
      for (const c of tags)
        if (compareVersions(a, b) < 0 && compareVersions(b, c) < 0) assert.ok(compareVersions(a, c) < 0, `${a} ${b} ${c}`);
    }
});

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

test('names have the grammar of the distribution spec', () => {
  for (const good of ['a', 'a/b', 'a-b', 'a--b', 'a__b', 'a.b/c_d', 'x'.repeat(255)]) assert.ok(isRepositoryName(good), good);
  for (const bad of ['', '_a', 'a_', 'A', 'a//b', '/a', 'a/', 'a..b', 'a___b', '../a', 'a b', 'x'.repeat(256), 'a\n'])
    assert.ok(!isRepositoryName(bad), bad);
  for (const bad of ['', '.a', '-a', 'a/b', 'a:b', 'a'.repeat(129), 'a\n']) assert.ok(!isTag(bad), bad);
  for (const bad of ['sha256:a', `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(64)}\n`, `md5:${'a'.repeat(32)}`, ''])
    assert.ok(!isDigest(bad), bad);
});

test("cosign's tags are made and known", () => {
  assert.equal(cosignTag(digest, 'sig'), `sha256-${'a'.repeat(64)}.sig`);
  assert.deepEqual(parseCosignTag(cosignTag(digest, 'att')), { digest, kind: 'att' });
  assert.equal(parseCosignTag('sha256-abc.sig'), undefined);
  assert.equal(parseCosignTag('v1.sig'), undefined);
});

test('lines to copy fit the kind and how the registry is reached', () => {
  const of = (document: object, mediaType = 'application/vnd.oci.image.manifest.v1+json') => ({
    digest,
    mediaType,
    bytes: new Uint8Array(),
    document,
  });
  const config = (mediaType: string) => ({ config: { mediaType, digest, size: 2 } });
  const lines = (manifest: ReturnType<typeof of>, tag: string | undefined, secure = true) =>
    Object.fromEntries(commandsFor('r.example', secure, 'a/b', tag, manifest).map(({ label, line }) => [label, line]));
  const image = lines(of(config('application/vnd.oci.image.config.v1+json')), 'v1');
  assert.equal(image['Docker'], 'docker pull r.example/a/b:v1');
  assert.equal(image['Pinned reference'], `r.example/a/b@${digest}`);
  assert.equal(image['ORAS'], undefined);
  const chart = lines(of(config('application/vnd.cncf.helm.config.v1+json')), '1.2.3_build.4', false);
  assert.equal(chart['Helm'], 'helm pull --plain-http oci://r.example/a/b --version 1.2.3+build.4');
  assert.equal(chart['Docker'], undefined);
  const untagged = lines(of({ artifactType: 'x/y' }), undefined);
  const signature = lines(of({ artifactType: 'x/y', subject: { mediaType: 'm', digest, size: 1 } }), undefined);
  assert.equal(signature['Verify with cosign'], undefined);
  assert.match(image['Verify with notation']!, /^notation verify r\.example/);
  assert.equal(untagged['ORAS'], `oras pull r.example/a/b@${digest}`);
});
