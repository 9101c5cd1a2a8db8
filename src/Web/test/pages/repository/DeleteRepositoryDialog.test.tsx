import { fireEvent, render, screen, waitFor } from '@testing-library/preact';
import { beforeEach, expect, test, vi } from 'vitest';
import { DeleteRepositoryDialog } from '../../../src/pages/repository/DeleteRepositoryDialog.tsx';
import { fakeRepository, json, type Answer } from '../../api/fakeRegistry.ts';

const removal = 'DELETE /v2/app/_registry/repository/content';
const preview = 'GET /v2/app/_registry/deleted/preview/v1';
const restorable = { tags: ['v1'], restorableUntil: '2099-01-02T03:04:05Z' };

beforeEach(() => history.replaceState({}, '', '/ui/app'));

function open(answers: Record<string, Answer>) {
  const { requests, repository } = fakeRepository({ [preview]: restorable, ...answers });
  const onChanged = vi.fn();
  const { rerender } = render(
    <DeleteRepositoryDialog repository={repository} tags={[{ tag: 'v1' }]} all onChanged={onChanged} onClose={() => undefined} />,
  );
  return { requests, onChanged, close: () => rerender(<p />) };
}

const button = () => screen.getByRole('button', { name: 'Delete' });

function confirm() {
  fireEvent.input(screen.getByRole('textbox'), { target: { value: 'app' } });
  fireEvent.click(button());
}

test('a repository is deleted only after its name was typed', async () => {
  const { requests } = open({ [removal]: () => json({ name: 'app', deleted: 1, left: 0 }, 202) });
  expect(await screen.findByText(/They can be restored until .*2099/)).toBeTruthy();
  expect(screen.getByText(/1 tag is deleted: v1/)).toBeTruthy();
  expect(button()).toHaveProperty('disabled', true);
  fireEvent.input(screen.getByRole('textbox'), { target: { value: 'ap' } });
  expect(button()).toHaveProperty('disabled', true);
  expect(requests).toEqual([preview]);
  confirm();
  await waitFor(() => expect(location.pathname).toBe('/ui/'));
  expect(requests).toEqual([preview, removal]);
});

test('the request is repeated until nothing is left, and tells its progress', async () => {
  const left = [3, 1, 0];
  let answer = () => {};
  const { requests, onChanged } = open({
    [removal]: async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      return json({ name: 'app', deleted: 2, left: left.shift() }, 202);
    },
  });
  confirm();
  await waitFor(() => expect(requests.filter((one) => one === removal)).toHaveLength(1));
  answer();
  expect(await screen.findByText(/2 manifests are deleted, 3 are left/)).toBeTruthy();
  answer();
  expect(await screen.findByText(/4 manifests are deleted, 1 are left/)).toBeTruthy();
  answer();
  await waitFor(() => expect(location.pathname).toBe('/ui/'));
  expect(requests.filter((one) => one === removal)).toHaveLength(3);
  expect(onChanged).not.toHaveBeenCalled();
});

test('a refusal is shown, and can be tried again', async () => {
  open({ [removal]: () => json({ errors: [{ code: 'DENIED', message: 'The tag v1 is locked.' }] }, 403) });
  confirm();
  expect((await screen.findByRole('alert')).textContent).toBe('The tag v1 is locked.');
  expect(button()).toHaveProperty('disabled', false);
  expect(location.pathname).toBe('/ui/app');
});

test.each([{ name: 'app', deleted: 0, left: 5 }, { name: 'app' }, []])('%j is no reason to repeat the request for ever', async (answer) => {
  const { requests } = open({ [removal]: () => json(answer, 202) });
  confirm();
  expect(await screen.findByRole('alert')).toBeTruthy();
  expect(requests.filter((one) => one === removal)).toHaveLength(1);
});

test('a closed dialog sends no further request, and the page shows what is left', async () => {
  let answer = () => {};
  const { requests, onChanged, close } = open({
    [removal]: async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      return json({ name: 'app', deleted: 2, left: 3 }, 202);
    },
  });
  confirm();
  await waitFor(() => expect(requests).toContain(removal));
  close();
  answer();
  await waitFor(() => expect(onChanged).toHaveBeenCalled());
  expect(requests.filter((one) => one === removal)).toHaveLength(1);
  expect(location.pathname).toBe('/ui/app');
});
