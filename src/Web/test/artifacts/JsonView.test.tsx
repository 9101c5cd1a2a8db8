import { fireEvent, render, screen } from '@testing-library/preact';
import { expect, test } from 'vitest';
import { JsonView } from '../../src/artifacts/JsonView.tsx';

const digest = `sha256:${'a'.repeat(64)}`;

test('digests and the media types beside them are links where they lead somewhere', () => {
  const other = `sha256:${'b'.repeat(64)}`;
  const value = { config: { mediaType: 'application/x', digest }, subject: { digest: other }, note: 'text' };
  render(<JsonView value={value} linkDigest={(found, type) => (found === digest ? `/to/${type}` : undefined)} />);
  expect(screen.getAllByRole('link').map((link) => [link.textContent, link.getAttribute('href')])).toEqual([
    ['application/x', '/to/application/x'],
    [digest, '/to/application/x'],
  ]);
});

test('long lists are shown piece by piece', () => {
  render(<JsonView value={{ list: Array.from({ length: 150 }, (_, at) => `item ${at}`) }} />);
  expect(screen.getAllByText(/^item /)).toHaveLength(100);
  fireEvent.click(screen.getByRole('button', { name: 'Show more of 150' }));
  expect(screen.getAllByText(/^item /)).toHaveLength(150);
});

test('values are told apart, and names such as __proto__ are names', () => {
  const { container } = render(<JsonView value={JSON.parse('{"__proto__":{"a":null},"empty":{},"text":"","number":1,"flag":true}')} />);
  const kinds = [...container.querySelectorAll('.json-leaf')].map((leaf) => leaf.textContent);
  expect(kinds).toEqual(['a: null', 'empty: {}', 'text: ""', 'number: 1', 'flag: true']);
});
