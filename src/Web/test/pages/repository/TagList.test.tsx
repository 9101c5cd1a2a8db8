import { fireEvent, render, screen, within } from '@testing-library/preact';
import { beforeEach, expect, test, vi } from 'vitest';
import { TagList } from '../../../src/pages/repository/TagList.tsx';
import { fakeRepository } from '../../api/fakeRegistry.ts';

/** A page without visible rows, so that no row fetches its manifest. */
beforeEach(() => {
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      observe() {}
      disconnect() {}
    },
  );
});
const signature = `sha256-${'a'.repeat(64)}.sig`;
const tags = [
  { tag: '1.9', changed: new Date('2026-01-03') },
  { tag: '1.10', changed: new Date('2026-01-02') },
  { tag: 'edge', changed: new Date('2026-01-04') },
  { tag: signature, changed: new Date('2026-01-05') },
];

const show = (list = tags) => render(<TagList repository={fakeRepository({}).repository} tags={list} done cut={false} />);
const rows = () => screen.getAllByRole('rowheader').map((row) => row.textContent);
const choose = (tag: string) => fireEvent.click(screen.getByLabelText(`Choose ${tag}`));

test('tags are listed newest first, or in the order that is chosen', () => {
  show();
  expect(rows()).toEqual(['edge', '1.9', '1.10']);
  fireEvent.change(screen.getByLabelText('Order'), { target: { value: 'version' } });
  expect(rows()).toEqual(['1.10', '1.9', 'edge']);
});

test('a filter hides the others, and tags of signatures are shown on demand', () => {
  show();
  fireEvent.input(screen.getByLabelText('Filter tags'), { target: { value: '1.' } });
  expect(rows()).toEqual(['1.9', '1.10']);
  expect(screen.getByRole('status').textContent).toBe('2 of 4 tags');
  fireEvent.input(screen.getByLabelText('Filter tags'), { target: { value: '' } });
  fireEvent.click(screen.getByLabelText(/signatures/));
  expect(rows()).toEqual([signature, 'edge', '1.9', '1.10']);
});

test('two chosen tags can be compared, and three only drawn', () => {
  show();
  const tools = within(screen.getByRole('group', { name: 'Selected tags' }));
  choose('1.9');
  expect(tools.queryByRole('link', { name: 'Compare' })).toBeNull();
  choose('edge');
  expect(tools.getByRole('link', { name: 'Compare' }).getAttribute('href')).toBe('/ui/app:1.9?compare=edge');
  choose('1.10');
  expect(tools.queryByRole('link', { name: 'Compare' })).toBeNull();
  expect(tools.getByRole('link', { name: 'Graph' }).getAttribute('href')).toBe('/ui/app?view=graph&tag=1.9&tag=edge&tag=1.10');
});

test('many tags are shown piece by piece', () => {
  show(Array.from({ length: 60 }, (_, at) => ({ tag: `v${at}`, changed: new Date(at) })));
  expect(rows()).toHaveLength(50);
  fireEvent.click(screen.getByRole('button', { name: 'Show 10 more' }));
  expect(rows()).toHaveLength(60);
});
