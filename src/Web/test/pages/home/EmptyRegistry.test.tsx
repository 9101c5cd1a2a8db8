import { render, screen } from '@testing-library/preact';
import { expect, test, vi } from 'vitest';
import { EmptyRegistry } from '../../../src/pages/home/EmptyRegistry.tsx';
import { fakeFetch, json } from '../../api/fakeRegistry.ts';

const show = (headers: Record<string, string>) => {
  vi.stubGlobal('fetch', fakeFetch({ 'GET /v2/': () => json({}, 200, headers) }).fetcher);
  render(<EmptyRegistry />);
};

test('a limit of the host is stated, with what clients print beyond it', async () => {
  show({ 'Upload-Limit': 'max-append-size=104857600' });
  expect((await screen.findByText(/must fit into one request/)).textContent).toMatch(/100 MiB.*broken pipe.*500/s);
});

test('no limit is stated where the host has none', async () => {
  show({});
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(screen.getByText(/To push one/)).toBeTruthy();
  expect(screen.queryByText(/must fit/)).toBeNull();
});
