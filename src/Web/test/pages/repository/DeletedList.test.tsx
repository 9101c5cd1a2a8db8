import { render, screen } from '@testing-library/preact';
import { expect, test } from 'vitest';
import { DeletedList } from '../../../src/pages/repository/DeletedList.tsx';
import { fakeRepository } from '../../api/fakeRegistry.ts';

test.each([
  [['delete', 'pull'], false, false],
  [['delete', 'push'], false, false],
  [['delete', 'pull', 'push'], true, false],
  [['delete', 'pull', 'admin'], false, true],
])('with %j restore is offered: %s, purge: %s', async (actions, restore, purge) => {
  const { repository } = fakeRepository({ 'GET /v2/app/_registry/deleted/list?n=100': { deleted: [{ reference: 'v1' }] } });
  render(<DeletedList repository={repository} actions={actions} onRestored={() => undefined} />);
  await screen.findByRole('rowheader', { name: 'v1' });
  expect(screen.queryByRole('button', { name: 'Restore v1' }) !== null).toBe(restore);
  expect(screen.queryByRole('button', { name: 'Purge v1' }) !== null).toBe(purge);
});
