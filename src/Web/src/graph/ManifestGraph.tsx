import type { RemoteRepository } from '../api/remoteRepository.ts';
import type { StoredManifest } from '../oci/types.ts';
import { Loaded } from '../components/Loaded.tsx';
import { useLoad } from '../hooks/useLoad.ts';
import { listTags } from '../pages/manifest/listTags.ts';
import { collectGraph } from './collectGraph.ts';
import { GraphView } from './GraphView.tsx';

/** The graph of a manifest: what it references, and its referrers. */
export function ManifestGraph({ repository, manifest, tag }: { repository: RemoteRepository; manifest: StoredManifest; tag?: string }) {
  const load = useLoad(
    async (signal) =>
      collectGraph(repository, [{ reference: manifest.digest, ...(tag && { tag }) }], await listTags(repository, signal), signal),
    [repository, manifest.digest],
  );
  return (
    <Loaded state={load} what="the graph">
      {(graph) => <GraphView graph={graph} />}
    </Loaded>
  );
}
