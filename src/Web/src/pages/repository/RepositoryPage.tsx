import { useMemo, useRef, useState } from 'preact/hooks';
import { registry } from '../../api/registry.ts';
import type { TagPage } from '../../api/extensions.ts';
import { TagsGraph } from '../../graph/TagsGraph.tsx';
import { Page } from '../../components/Page.tsx';
import { homePath, repositoryPath } from '../../routing/paths.ts';
import { Tabs } from '../../components/Tabs.tsx';
import { usePagedList } from '../../hooks/usePagedList.ts';
import { DeletedList } from './DeletedList.tsx';
import { DeleteRepositorySection } from './DeleteRepositorySection.tsx';
import { RepositoryUsage } from './RepositoryUsage.tsx';
import { TagList } from './TagList.tsx';

/** Maximum number of pages of tags, of a thousand each, that are loaded. */
const maxTagPages = 20;

export function RepositoryPage({ name, query, visit }: { name: string; query: URLSearchParams; visit: number }) {
  const repository = useMemo(() => registry.repository(name), [name]);
  const [changes, setChanges] = useState(0);
  const pages = usePagedList((signal) => each(repository.tags(signal)), maxTagPages, [name, changes]);
  const tags = useMemo(() => pages.items.flatMap((page: TagPage) => page.tags), [pages.items]);
  const actions = useKept(pages.items[0]?.actions);
  const mayListDeleted = ['delete', 'pull'].every((action) => actions.includes(action));
  const view = query.get('view') ?? '';
  const tabs = [
    { name: 'Tags', view: '', href: repositoryPath(name) },
    { name: 'Graph', view: 'graph', href: repositoryPath(name, 'graph') },
    ...(actions.includes('admin') ? [{ name: 'Usage', view: 'usage', href: repositoryPath(name, 'usage') }] : []),
    ...(mayListDeleted ? [{ name: 'Deleted', view: 'deleted', href: repositoryPath(name, 'deleted') }] : []),
  ];
  return (
    <Page
      title={name}
      part={tabs.find((tab) => tab.view === view && view !== '')?.name ?? ''}
      visit={visit}
      above={<a href={homePath}>Repositories</a>}
    >
      <Tabs label="Views of the repository" tabs={tabs} current={view} />
      {pages.error && (
        <p role="alert" class="problem">
          The tags could not be listed: {pages.error.message}
        </p>
      )}
      {view === 'graph' &&
        (pages.done ? (
          <TagsGraph repository={repository} tags={tags} cut={pages.cut || pages.error !== undefined} chosen={query.getAll('tag')} />
        ) : (
          <p role="status" class="waiting">
            Loading tags…
          </p>
        ))}
      {view === 'usage' && <RepositoryUsage repository={repository} />}
      {view === 'deleted' && <DeletedList repository={repository} actions={actions} onRestored={() => setChanges(changes + 1)} />}
      {!['graph', 'usage', 'deleted'].includes(view) && !(pages.error && tags.length === 0) && (
        <TagList repository={repository} tags={tags} done={pages.done} cut={pages.cut} />
      )}
      {view === '' && actions.includes('admin') && (
        <DeleteRepositorySection
          repository={repository}
          tags={tags}
          all={pages.done && !pages.cut}
          onChanged={() => setChanges(changes + 1)}
        />
      )}
    </Page>
  );
}

/** The allowed actions are kept while the tags are reloaded. */
function useKept(actions: string[] | undefined): string[] {
  const kept = useRef<string[]>([]);
  if (actions !== undefined) kept.current = actions;
  return kept.current;
}

async function* each<T>(from: AsyncIterable<T>): AsyncGenerator<T[]> {
  for await (const one of from) yield [one];
}
