import { fireEvent, render, screen, waitFor } from '@testing-library/preact';
import { afterEach, expect, test, vi } from 'vitest';
import { registry } from '../../src/api/registry.ts';
import { SignInDialog } from '../../src/components/SignInDialog.tsx';
import { fakeFetch, json, type Answer } from '../api/fakeRegistry.ts';

afterEach(() => registry.session.signOut());

const challenge = { 'WWW-Authenticate': 'Bearer realm="http://registry.invalid/v2/token",service="registry.invalid"' };

function open(token: Answer) {
  const { requests, fetcher } = fakeFetch({ 'GET /v2/': () => json({}, 401, challenge), 'POST http://registry.invalid/v2/token': token });
  vi.stubGlobal('fetch', fetcher);
  render(<SignInDialog why="This requires authentication." />);
  return requests;
}

async function submit(user: string, secret: string) {
  const button = screen.getByRole('button', { name: 'Sign in' });
  await waitFor(() => expect(button).toHaveProperty('disabled', false));
  fireEvent.input(screen.getByLabelText('User name'), { target: { value: user } });
  fireEvent.input(screen.getByLabelText('Secret or token'), { target: { value: secret } });
  fireEvent.submit(button.closest('form')!);
}

test('credentials that the registry accepts sign in', async () => {
  const requests = open({ token: 't', expires_in: 300 });
  expect(screen.getByText('This requires authentication.')).toBeTruthy();
  await submit('ci', 'secret');
  await waitFor(() => expect(registry.session.state.user).toBe('ci'));
  expect(requests.at(-1)).toBe('POST http://registry.invalid/v2/token');
});

test('credentials that the registry refuses are a problem that is shown', async () => {
  open(() => json({ errors: [{ code: 'UNAUTHORIZED', message: 'wrong' }] }, 401));
  await submit('ci', 'wrong');
  expect((await screen.findByRole('alert')).textContent).toContain('does not accept');
  expect(registry.session.state.user).toBeUndefined();
  expect(screen.getByRole('button', { name: 'Sign in' })).toHaveProperty('disabled', false);
});

test('a registry without accounts asks for nothing', async () => {
  vi.stubGlobal('fetch', fakeFetch({ 'GET /v2/': {} }).fetcher);
  render(<SignInDialog why="" />);
  expect((await screen.findByText(/no accounts/)).textContent).toContain('do not need to sign in');
  expect(screen.queryByLabelText('User name')).toBeNull();
});
