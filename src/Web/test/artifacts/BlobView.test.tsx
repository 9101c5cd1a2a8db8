import { render, screen } from '@testing-library/preact';
import { expect, test } from 'vitest';
import { BlobView } from '../../src/artifacts/BlobView.tsx';
import { fakeBlob, fakeRepository } from '../api/fakeRegistry.ts';

function show(content: string | Uint8Array, mediaType: string) {
  const { descriptor, answers } = fakeBlob(content, mediaType);
  return render(<BlobView repository={fakeRepository(answers).repository} descriptor={descriptor} />);
}

test('JSON is a tree, whatever its media type says', async () => {
  show('{"greeting":"hello"}', 'application/octet-stream');
  expect(await screen.findByText('hello')).toBeTruthy();
  expect(screen.getByText('greeting:')).toBeTruthy();
});

test('text stays text, and shows characters that cannot be seen', async () => {
  const { container } = show('<img src=x onerror=alert(1)> \u202e', 'text/html');
  expect((await screen.findByText(/onerror/)).textContent).toContain('<img src=x onerror=alert(1)> \\u{202e}');
  expect(container.querySelector('img')).toBeNull();
});

test('other bytes are shown in hexadecimal', async () => {
  show(new Uint8Array([0xff, 0xfe, 0, 1]), 'application/octet-stream');
  expect((await screen.findByLabelText('Bytes in hexadecimal')).textContent).toContain('ff fe 00 01');
});

test('a blob that is another than its digest is not shown', async () => {
  const { descriptor } = fakeBlob('good', 'text/plain');
  const { repository } = fakeRepository({ [`GET /v2/app/blobs/${descriptor.digest}`]: () => new Response('evil') });
  render(<BlobView repository={repository} descriptor={descriptor} />);
  expect((await screen.findByRole('alert')).textContent).toContain('does not match');
  expect(screen.queryByText('evil')).toBeNull();
});

test('an SBOM lists its packages', async () => {
  const packages = [{ name: 'zlib', versionInfo: '1.3.1', licenseDeclared: 'Zlib' }];
  show(JSON.stringify({ spdxVersion: 'SPDX-2.3', name: 'app', packages }), 'application/spdx+json');
  expect((await screen.findByRole('rowheader')).textContent).toBe('zlib');
  expect(screen.getByRole('status').textContent).toBe('1 of 1 packages');
});
