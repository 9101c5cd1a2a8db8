import { useMemo, useState } from 'preact/hooks';
import { isForbidden, isMissing } from '../../api/errors.ts';
import { registry } from '../../api/registry.ts';
import type { Usage } from '../../api/usage.ts';
import { formatBytes, formatCount } from '../../format/formatters.ts';
import { GrowthChart } from '../../components/GrowthChart.tsx';
import { Page } from '../../components/Page.tsx';
import { usePagedList } from '../../hooks/usePagedList.ts';
import { CollectorPasses } from './CollectorPasses.tsx';
import { totalHistory } from './growth.ts';
import { UsageTable } from './UsageTable.tsx';

const maxRepositories = 20_000;
const shownAtOnce = 100;

type Order = 'bytes' | 'unique' | 'freeable' | 'name';

/** Storage usage and garbage collection, for admins. */
export function UsagePage({ visit }: { visit: number }) {
  const list = usePagedList((signal) => registry.usages(signal, false), maxRepositories, []);
  const [order, setOrder] = useState<Order>('bytes');
  const [shown, setShown] = useState(shownAtOnce);
  const orders: Record<Order, (a: Usage, b: Usage) => number> = {
    bytes: (a, b) => b.bytes - a.bytes,
    unique: (a, b) => (b.uniqueBytes ?? 0) - (a.uniqueBytes ?? 0),
    freeable: (a, b) => b.unreferencedBytes + b.restorableBytes - a.unreferencedBytes - a.restorableBytes,
    name: (a, b) => (a.name < b.name ? -1 : 1),
  };
  const history = useMemo(() => totalHistory(list.items), [list.items]);
  const sum = (of: (usage: Usage) => number) => formatBytes(list.items.reduce((total, usage) => total + of(usage), 0));
  return (
    <Page title="Usage" visit={visit}>
      {list.error && (
        <p role="alert" class="problem">
          {isMissing(list.error)
            ? 'This registry does not report usage.'
            : isForbidden(list.error)
              ? `The usage of a repository requires the action admin. ${list.error.message}`
              : `The usage could not be shown: ${list.error.message}`}
        </p>
      )}
      {!list.error && list.items.length === 0 && (
        <p role="status" class={list.done ? '' : 'waiting'}>
          {list.done
            ? 'No repository that you administer has been measured yet. The garbage collector measures them in each pass.'
            : 'Loading the usage…'}
        </p>
      )}
      {list.items.length > 0 && (
        <section aria-labelledby="repositories">
          <h2 id="repositories">Repositories</h2>
          <dl class="facts">
            <dt>Repositories</dt>
            <dd>
              {formatCount(list.items.length)}
              {list.cut && ', and more than this page lists'}
            </dd>
            <dt>In one repository only</dt>
            <dd>{sum((usage) => usage.uniqueBytes ?? 0)}</dd>
            <dt>Sum of all repositories</dt>
            <dd>{sum((usage) => usage.bytes)}, where what several share counts for each</dd>
            <dt>To be freed</dt>
            <dd>
              {sum((usage) => usage.unreferencedBytes)}, and {sum((usage) => usage.restorableBytes)} when what was deleted cannot be
              restored any more
            </dd>
          </dl>
          {history.length > 1 && <GrowthChart history={history} />}
          <div class="tools">
            <label>
              Order
              <select value={order} onChange={(event) => setOrder(event.currentTarget.value as Order)}>
                <option value="bytes">Largest first</option>
                <option value="unique">Most of its own first</option>
                <option value="freeable">Most to be freed first</option>
                <option value="name">By name</option>
              </select>
            </label>
          </div>
          <UsageTable usages={[...list.items].sort(orders[order]).slice(0, shown)} />
          {list.items.length > shown && (
            <p>
              <button type="button" onClick={() => setShown(shown + shownAtOnce)}>
                Show more
              </button>
            </p>
          )}
        </section>
      )}
      <CollectorPasses />
    </Page>
  );
}
