import { render, screen } from '@testing-library/preact';
import { beforeEach, expect, test, vi } from 'vitest';
import { ImageFiles } from '../../../src/layers/ImageFiles.tsx';
import { BlobSection } from '../../../src/pages/manifest/BlobSection.tsx';
import { ManifestTree } from '../../../src/pages/manifest/ManifestTree.tsx';
import type { Descriptor, ManifestDocument, StoredManifest } from '../../../src/oci/types.ts';
import { fakeBlob, fakeRepository } from '../../api/fakeRegistry.ts';

const types = {
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
};
const stored = (document: ManifestDocument): StoredManifest => ({
  digest: `sha256:${'0'.repeat(64)}`,
  mediaType: types.manifest,
  bytes: new Uint8Array(),
  document,
});

/** A page all of whose rows are visible. */
beforeEach(() => {
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      readonly #seen: (entries: { isIntersecting: boolean }[]) => void;
      constructor(seen: (entries: { isIntersecting: boolean }[]) => void) {
        this.#seen = seen;
      }
      observe() {
        queueMicrotask(() => this.#seen([{ isIntersecting: true }]));
      }
      disconnect() {}
    },
  );
});

/** Content of 5 bytes, under a descriptor that states another size. */
function misstated(mediaType: string, size: number) {
  const { descriptor } = fakeBlob('{"":1', mediaType);
  const answer = (kind: string) => ({
    [`GET /v2/app/${kind}/${descriptor.digest}`]: () =>
      new Response('{"":1', { headers: { 'Content-Length': '5', 'Content-Type': mediaType } }),
  });
  return { wrong: { ...descriptor, size } as Descriptor, answers: { ...answer('blobs'), ...answer('manifests') } };
}

const notice = (size: number) => new RegExp(`states a size of ${size} bytes, but the content has 5 bytes`);

// P4 (docs/design/hardening.md)
test.each([0, 4, 999_999])('a layer, config or child whose descriptor states %i bytes instead of 5 is told', async (size) => {
  for (const type of [types.config, types.layer]) {
    const { wrong, answers } = misstated(type, size);
    const { repository, requests } = fakeRepository(answers);
    const manifest = stored(type === types.config ? { config: wrong } : { layers: [wrong] });
    const { unmount } = render(<BlobSection repository={repository} manifest={manifest} digest={wrong.digest} />);
    expect((await screen.findByRole('alert')).textContent).toMatch(notice(size));
    expect(requests).toHaveLength(1);
    unmount();
  }
  const { wrong, answers } = misstated(types.manifest, size);
  const { repository, requests } = fakeRepository(answers);
  render(<ManifestTree repository={repository} manifest={stored({ manifests: [wrong] })} depth={0} />);
  expect(await screen.findByText(notice(size))).toBeTruthy();
  expect(requests).toHaveLength(1);
});

test.each([4, 999_999])('the files of an image are not read from a layer whose descriptor states %i bytes instead of 5', async (size) => {
  const { wrong, answers } = misstated(types.layer, size);
  const { repository } = fakeRepository(answers);
  render(<ImageFiles repository={repository} manifest={stored({ layers: [wrong] })} />);
  expect((await screen.findByRole('alert')).textContent).toMatch(notice(size));
});
