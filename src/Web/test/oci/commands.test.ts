import assert from 'node:assert/strict';
import { test } from 'vitest';
import { commandsFor } from '../../src/oci/commands.ts';

const digest = `sha256:${'a'.repeat(64)}`;

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
