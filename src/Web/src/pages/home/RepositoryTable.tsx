import type { Usage } from '../../api/usage.ts';
import { Age } from '../../components/Age.tsx';
import { formatBytes } from '../../format/formatters.ts';
import { repositoryPath } from '../../routing/paths.ts';

/** Repositories by name, with their sizes if the user may see them. */
export function RepositoryTable({ names, usageOf }: { names: readonly string[]; usageOf: ReadonlyMap<string, Usage> }) {
  const sizes = usageOf.size > 0;
  return (
    <table class="names">
      <caption class="hidden">Repositories</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          {sizes && (
            <>
              <th scope="col" class="number">
                Size
              </th>
              <th scope="col">Last push</th>
            </>
          )}
        </tr>
      </thead>
      <tbody>
        {names.map((name) => {
          const usage = usageOf.get(name);
          return (
            <tr key={name}>
              <th scope="row">
                <a href={repositoryPath(name)}>{name}</a>
              </th>
              {sizes && (
                <>
                  <td class="number">{usage === undefined ? <span class="muted">–</span> : formatBytes(usage.bytes)}</td>
                  <td>
                    <Age time={usage?.lastPushed} />
                  </td>
                </>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
