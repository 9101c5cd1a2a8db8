import type { Usage } from '../../api/usage.ts';
import { Age } from '../../components/Age.tsx';
import { ProportionBar } from '../../components/ProportionBar.tsx';
import { formatBytes } from '../../format/formatters.ts';
import { repositoryPath } from '../../routing/paths.ts';
import { ScrollArea } from '../../components/ScrollArea.tsx';
import { growthOf } from './growth.ts';

export function UsageTable({ usages }: { usages: readonly Usage[] }) {
  const most = Math.max(1, ...usages.map((usage) => usage.bytes));
  return (
    <ScrollArea label="Usage by repository">
      <table>
        <caption class="hidden">Usage by repository</caption>
        <thead>
          <tr>
            <th scope="col">Repository</th>
            <th scope="col" class="number">
              Blobs
            </th>
            <th scope="col" class="number">
              Its own
            </th>
            <th scope="col" class="number">
              Shared
            </th>
            <th scope="col" class="number">
              In 30 days
            </th>
            <th scope="col" class="number">
              To be freed
            </th>
            <th scope="col">Last push</th>
            <th scope="col">Last pull</th>
          </tr>
        </thead>
        <tbody>
          {usages.map((usage) => (
            <tr key={usage.name}>
              <th scope="row">
                <a href={repositoryPath(usage.name, 'usage')}>{usage.name}</a>
                <ProportionBar fraction={usage.bytes / most} />
              </th>
              <td class="number">{formatBytes(usage.bytes)}</td>
              <td class="number">{usage.uniqueBytes === undefined ? '–' : formatBytes(usage.uniqueBytes)}</td>
              <td class="number">{usage.uniqueBytes === undefined ? '–' : formatBytes(Math.max(0, usage.bytes - usage.uniqueBytes))}</td>
              <td class="number">{growthOf(usage, 30)}</td>
              <td class="number">{formatBytes(usage.unreferencedBytes + usage.restorableBytes)}</td>
              <td>
                <Age time={usage.lastPushed} />
              </td>
              <td>{usage.lastPulled ?? <span class="muted">–</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
