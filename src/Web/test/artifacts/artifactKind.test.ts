import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { detectFormat, imageType } from '../../src/artifacts/detectFormat.ts';
import { artifactKindOf, labelOf } from '../../src/artifacts/artifactKind.ts';
import type { ManifestDocument } from '../../src/oci/types.ts';

const stored = (document: ManifestDocument) => ({ digest: '', mediaType: document.mediaType ?? '', bytes: new Uint8Array(), document });
const label = (name: string) =>
  artifactKindOf(stored(JSON.parse(readFileSync(`test/data/artifacts/${name}.manifest.json`, 'utf8'))))?.label;
const descriptor = (mediaType: string) => ({ mediaType, digest: `sha256:${'0'.repeat(64)}`, size: 5 });
const empty = 'application/vnd.oci.empty.v1+json';

test('artifacts of real tools are told by their manifests', () => {
  assert.equal(label('cosign'), 'cosign signature');
  assert.equal(label('cosign-attestation'), 'in-toto attestation');
  assert.equal(label('bundle'), 'Sigstore bundle');
  assert.equal(label('notation-jws'), 'notation signature');
  assert.equal(label('notation-cose'), 'notation signature');
  assert.equal(label('app'), 'OCI artifact');
});

test('other artifacts are told by the types that their tools write', () => {
  const of = (config: string, layer: string, artifactType?: string) =>
    artifactKindOf(stored({ artifactType, config: descriptor(config), layers: [descriptor(layer)] }))?.label;
  assert.equal(of('application/vnd.cncf.helm.config.v1+json', 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'), 'Helm chart');
  assert.equal(of('application/vnd.oci.image.config.v1+json', 'application/vnd.in-toto+json'), 'in-toto attestation');
  assert.equal(of('application/vnd.wasm.config.v0+json', 'application/wasm'), 'WASM component');
  assert.equal(of(empty, 'application/wasm', 'application/vnd.unknown.artifact.v1'), 'WASM module');
  assert.equal(of('application/vnd.gadget.config.v1+yaml', 'application/vnd.gadget.ebpf.program.v1+binary'), 'eBPF gadget');
  assert.equal(of('application/ebpf.oci.image.config.v1+json', 'application/ebpf.oci.image.program.v1+binary'), 'eBPF program');
  assert.equal(of(empty, 'application/spdx+json', 'application/spdx+json'), 'SPDX SBOM');
  assert.equal(of(empty, 'text/spdx+json'), 'SPDX SBOM');
  assert.equal(of(empty, 'application/vnd.cyclonedx+json'), 'CycloneDX SBOM');
  assert.equal(of(empty, 'application/octet-stream', 'application/vnd.example.thing'), 'OCI artifact');
});

test('images and indexes have pages of their own', () => {
  assert.equal(
    artifactKindOf(
      stored({
        config: descriptor('application/vnd.oci.image.config.v1+json'),
        layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip')],
      }),
    ),
    undefined,
  );
  assert.equal(
    artifactKindOf(
      stored({
        config: descriptor('application/vnd.docker.container.image.v1+json'),
        layers: [descriptor('application/vnd.docker.image.rootfs.diff.tar.gzip')],
      }),
    ),
    undefined,
  );
  assert.equal(artifactKindOf(stored({ manifests: [] })), undefined);
  assert.equal(artifactKindOf(stored({})), undefined);
});

test('labels of lists', () => {
  assert.equal(labelOf('application/vnd.oci.image.index.v1+json'), 'Image index');
  assert.equal(
    labelOf('application/vnd.oci.image.manifest.v1+json', undefined, 'application/vnd.oci.image.config.v1+json'),
    'Container image',
  );
  assert.equal(labelOf('application/vnd.oci.image.manifest.v1+json', 'application/vnd.dev.sigstore.bundle.v0.3+json'), 'Sigstore bundle');
  assert.equal(labelOf('application/vnd.oci.image.manifest.v1+json'), undefined);
  assert.equal(labelOf('constructor', '__proto__'), 'OCI artifact');
  assert.equal(labelOf('constructor'), undefined);
});

test('blobs are shown by what they begin with, whatever their type says', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const of = (mediaType: string, head: Uint8Array, title?: string) => detectFormat(mediaType, head, head.length, title);
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  assert.equal(of('text/plain', png), 'image');
  assert.equal(imageType(png), 'image/png');
  assert.equal(of('image/svg+xml', bytes('<svg onload="alert(1)"/>')), 'text');
  assert.equal(of('image/png', bytes('<script>')), 'text');
  assert.equal(of('application/wasm', bytes('hello')), 'text');
  assert.equal(of('application/octet-stream', bytes(' {"a":1}')), 'json');
  assert.equal(of('application/octet-stream', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)), 'wasm');
  assert.equal(of('application/octet-stream', Uint8Array.of(0x1f, 0x8b, 8)), 'hex');
  assert.equal(of('application/octet-stream', Uint8Array.of(0x1f, 0x8b, 8), 'a.tgz'), 'layer');
  assert.equal(of('application/vnd.oci.image.layer.v1.tar+gzip', Uint8Array.of(0x1f, 0x8b, 8)), 'layer');
  assert.equal(of('application/vnd.docker.image.rootfs.diff.tar.gzip', Uint8Array.of(0x1f, 0x8b, 8)), 'layer');
  assert.equal(of('application/vnd.oci.image.layer.v1.tar', new Uint8Array(1024)), 'hex');
  assert.equal(detectFormat('text/plain', Uint8Array.of(0x61, 0xc3), 100), 'text');
  assert.equal(of('text/plain', Uint8Array.of(0x61, 0xc3)), 'hex');
});
