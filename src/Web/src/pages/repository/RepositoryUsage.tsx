import { isForbidden, isMissing } from '../../api/errors.ts';
import type { RemoteRepository } from '../../api/remoteRepository.ts';
import type { Usage } from '../../api/usage.ts';
import { Age } from '../../components/Age.tsx';
import { formatBytes, formatCount } from '../../format/formatters.ts';
import { GrowthChart } from '../../components/GrowthChart.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';

/** Storage usage of a repository, as the garbage collector last measured it. */
export function RepositoryUsage({ repository }: { repository: RemoteRepository }) {
  const load = useLoad((signal) => repository.usage(signal), [repository]);
  if (isMissing(load.error)) return <NotMeasured />;
  if (isForbidden(load.error)) return <p>The usage of a repository requires the action admin.</p>;
  return (
    <Loaded state={load} what="the usage">
      {(usage) => (usage?.measured === undefined ? <NotMeasured /> : <UsageFacts usage={usage} />)}
    </Loaded>
  );
}

/** The garbage collector measures, because it reads everything anyway. */
function NotMeasured() {
  return (
    <p>
      Nothing has been measured yet. The collector does it once a day; on a server for the first time ten minutes after it has started, or
      at once by the command <code>collect</code>.
    </p>
  );
}

function UsageFacts({ usage }: { usage: Usage }) {
  return (
    <>
      <dl class="facts">
        <dt>Blobs</dt>
        <dd>
          {formatBytes(usage.bytes)}
          {usage.uniqueBytes !== undefined && `, ${formatBytes(usage.uniqueBytes)} of it in no other repository`}
        </dd>
        <dt>Manifests</dt>
        <dd>{formatCount(usage.manifests)}</dd>
        <dt>To be freed</dt>
        <dd>{formatBytes(usage.unreferencedBytes)} that no manifest needs, in the next passes of the garbage collector</dd>
        <dt>Restorable</dt>
        <dd>{formatBytes(usage.restorableBytes)} of what was deleted and can be restored</dd>
        <dt>Last push</dt>
        <dd>
          <Age time={usage.lastPushed} />
        </dd>
        <dt>Last pull</dt>
        <dd>{usage.lastPulled ?? <span class="muted">–</span>}</dd>
        <dt>Measured</dt>
        <dd>
          <Age time={usage.measured} />
        </dd>
      </dl>
      {usage.history.length > 1 && <GrowthChart history={usage.history} />}
    </>
  );
}
