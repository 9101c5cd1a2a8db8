import { fireEvent, render, screen, waitFor } from '@testing-library/preact';
import { expect, test } from 'vitest';
import { DeleteDialog } from '../../../src/pages/manifest/DeleteDialog.tsx';
import { fakeRepository, json, type Answer } from '../../api/fakeRegistry.ts';

const preview = 'GET /v2/app/_registry/deleted/preview/v1';
const removal = 'DELETE /v2/app/manifests/v1';
const last = { tags: ['v1'], manifest: false, untagged: true, referrers: [], parents: [], freedBytes: 2048 };

function open(answers: Record<string, Answer>) {
  const { requests, repository } = fakeRepository(answers);
  render(<DeleteDialog repository={repository} reference="v1" onClose={() => undefined} />);
  return requests;
}

test('a delete is explained first, and done only when it is confirmed', async () => {
  const requests = open({ [preview]: last, [removal]: () => new Response(null, { status: 202 }) });
  expect(screen.queryByRole('button', { name: 'Delete' })).toBeNull();
  const button = await screen.findByRole('button', { name: 'Delete' });
  const said = screen.getAllByRole('listitem').map((item) => item.textContent);
  expect(said).toContain('This tag is deleted: v1.');
  expect(said).toContain('It cannot be restored.');
  expect(said.join(' ')).toContain('2.0 KiB');
  expect(requests).toEqual([preview]);
  fireEvent.click(button);
  await waitFor(() => expect(location.pathname).toBe('/ui/app'));
  expect(requests).toEqual([preview, removal]);
});

test('what the registry would refuse cannot be confirmed', async () => {
  open({ [preview]: { ...last, refused: 'The tag is protected.' } });
  expect(await screen.findByText(/The tag is protected/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Delete' })).toBeNull();
});

test('a registry that cannot say what a delete does is not asked for one', async () => {
  const requests = open({});
  expect((await screen.findByRole('alert')).textContent).toContain('deletes nothing without');
  expect(screen.queryByRole('button', { name: 'Delete' })).toBeNull();
  expect(requests).toEqual([preview]);
});

test('a delete that fails says why, and can be tried again', async () => {
  open({ [preview]: last, [removal]: () => json({ errors: [{ code: 'DENIED', message: 'Not today.' }] }, 403) });
  fireEvent.click(await screen.findByRole('button', { name: 'Delete' }));
  expect((await screen.findByRole('alert')).textContent).toBe('Not today.');
  expect(screen.getByRole('button', { name: 'Delete' })).toHaveProperty('disabled', false);
});
