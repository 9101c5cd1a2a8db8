import { useId, useMemo, useState } from 'preact/hooks';
import { formatCount } from '../../format/formatters.ts';
import { ScrollArea } from '../../components/ScrollArea.tsx';
import { truncateText } from '../../format/invisibleCharacters.ts';
import type { Package } from './types.ts';
import { searchPackages } from './searchPackages.ts';

/** Rows on a page: as many as browsers render without a delay. */
const rows = 100;
/** Longer texts are cut. In UTF-16 code units. */
const longestText = 500;

/** Packages, searchable and in pages. */
export function PackageTable({ packages }: { packages: readonly Package[] }) {
  const id = useId();
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(0);
  const found = useMemo(() => searchPackages(packages, search), [packages, search]);
  const last = Math.max(0, Math.ceil(found.length / rows) - 1);
  const first = page * rows;
  return (
    <section>
      <p class="tools">
        <label for={id}>Search in packages</label>
        <input
          id={id}
          type="search"
          value={search}
          onInput={(event) => {
            setSearch(event.currentTarget.value);
            setPage(0);
          }}
        />
        <span role="status">
          {formatCount(found.length)} of {formatCount(packages.length)} packages
        </span>
      </p>
      <ScrollArea label="Packages">
        <table>
          <thead>
            <tr>
              <th scope="col">Package</th>
              <th scope="col">Version</th>
              <th scope="col">License</th>
              <th scope="col">Supplier</th>
              <th scope="col">Package URL</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(first, first + rows).map(({ name, version, license, supplier, purl }, index) => (
              <tr key={first + index}>
                <th scope="row">{cut(name) || '(no name)'}</th>
                <td>{cut(version)}</td>
                <td>{cut(license)}</td>
                <td>{cut(supplier)}</td>
                <td>
                  <code>{cut(purl)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {last > 0 && (
        <p class="tools">
          <button type="button" disabled={page === 0} onClick={() => setPage(page - 1)}>
            Previous
          </button>
          <span role="status">
            Page {formatCount(page + 1)} of {formatCount(last + 1)}
          </span>
          <button type="button" disabled={page >= last} onClick={() => setPage(page + 1)}>
            Next
          </button>
        </p>
      )}
    </section>
  );
}

const cut = (text = ''): string => truncateText(text, longestText);
