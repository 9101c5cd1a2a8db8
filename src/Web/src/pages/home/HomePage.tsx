import { useMemo, useState } from 'preact/hooks';
import { registry } from '../../api/registry.ts';
import type { Usage } from '../../api/usage.ts';
import { isRepositoryName } from '../../oci/names.ts';
import { formatCount } from '../../format/formatters.ts';
import { Page } from '../../components/Page.tsx';
import { repositoryPath } from '../../routing/paths.ts';
import { usePagedList, type PagedList } from '../../hooks/usePagedList.ts';
import { EmptyRegistry } from './EmptyRegistry.tsx';
import { RepositoryTable } from './RepositoryTable.tsx';

/** Maximum number of repositories that are loaded, and that are rendered at once. */
const maxNames = 20_000;
const shownAtOnce = 200;

export function HomePage({ visit }: { visit: number }) {
  const names = usePagedList((signal) => registry.names(signal), maxNames, []);
  const usages = usePagedList((signal) => registry.usages(signal), maxNames, []);
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState(shownAtOnce);
  const usageOf = useMemo(() => new Map(usages.items.map((usage: Usage) => [usage.name, usage])), [usages.items]);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = names.items.filter((name) => words.every((word) => name.includes(word)));
  const named = search.trim();
  return (
    <Page title="Repositories" visit={visit}>
      {names.error && (
        <p role="alert" class="problem">
          The repositories could not be listed: {names.error.message}
        </p>
      )}
      {names.done && !names.error && names.items.length === 0 ? (
        <EmptyRegistry />
      ) : (
        <>
          <form role="search" class="tools" onSubmit={(event) => event.preventDefault()}>
            <label class="grow">
              Search repositories
              <input
                type="search"
                autocapitalize="off"
                spellcheck={false}
                value={search}
                onInput={(event) => {
                  setSearch(event.currentTarget.value);
                  setShown(shownAtOnce);
                }}
              />
            </label>
          </form>
          {!(names.error && names.items.length === 0) && <Count names={names} found={found.length} searched={words.length > 0} />}
          {found.length > 0 && <RepositoryTable names={found.slice(0, shown)} usageOf={usageOf} />}
          {found.length > shown && (
            <p>
              <button type="button" onClick={() => setShown(shown + shownAtOnce)}>
                Show {formatCount(Math.min(shownAtOnce, found.length - shown))} more
              </button>
            </p>
          )}
          {/* A user who may pull may not be allowed to list. */}
          {isRepositoryName(named) && !names.items.includes(named) && (
            <p>
              Go to <a href={repositoryPath(named)}>{named}</a>, which is not listed.
            </p>
          )}
        </>
      )}
    </Page>
  );
}

function Count({ names, found, searched }: { names: PagedList<string>; found: number; searched: boolean }) {
  const all = `${formatCount(names.items.length)} ${names.items.length === 1 ? 'repository' : 'repositories'}`;
  return (
    <p role="status" class={names.done ? 'muted' : 'waiting'}>
      {searched ? `${formatCount(found)} of ${all}` : all}
      {names.cut ? ', and the registry has more than this page lists' : names.done ? '' : ', and more are coming in…'}
    </p>
  );
}
