import type { RemoteRepository } from '../api/remote.ts';
import type { StoredManifest } from '../oci/types.ts';
import { Loaded, useLoad } from '../parts/loaded.tsx';
import { listTags } from '../views/manifest/listTags.ts';
import { collect } from './collect.ts';
import { GraphView } from './GraphView.tsx';

/** A manifest with all that it names and all that refers to it. */
export function ManifestGraph({ repository, manifest, tag }: { repository: RemoteRepository; manifest: StoredManifest; tag?: string }) {
  const load = useLoad(
    async (signal) =>
      collect(repository, [{ reference: manifest.digest, ...(tag && { tag }) }], await listTags(repository, signal), signal),
    [repository, manifest.digest],
  );
  return (
    <Loaded of={load} what="the graph">
      {(graph) => <GraphView graph={graph} />}
    </Loaded>
  );
}
