import type { TagInfo } from '../api/extensions.ts';
import type { RemoteRepository } from '../api/remoteRepository.ts';
import { isAttachedTag } from '../oci/cosignTags.ts';
import { Loaded } from '../components/Loaded.tsx';
import { useLoad } from '../hooks/useLoad.ts';
import { sortTags } from '../pages/repository/sortTags.ts';
import { collectGraph } from './collectGraph.ts';
import { GraphView } from './GraphView.tsx';

/** Maximum number of tags in a graph: the newest, or the selected ones. */
const newest = 8;
const maxChosen = 24;

/** The common graph of some tags: shared content is drawn once. */
export function TagsGraph({
  repository,
  tags,
  cut,
  chosen,
}: {
  repository: RemoteRepository;
  tags: TagInfo[];
  cut: boolean;
  chosen: string[];
}) {
  const wanted = tags.filter((tag) => (chosen.length === 0 ? !isAttachedTag(tag.tag) : chosen.includes(tag.tag)));
  const order = wanted.some((tag) => tag.changed !== undefined) ? 'newest' : 'version';
  const drawn = sortTags(wanted, order).slice(0, chosen.length === 0 ? newest : maxChosen);
  const names = drawn.map((tag) => tag.tag).join(' ');
  const load = useLoad(
    (signal) =>
      collectGraph(
        repository,
        drawn.map(({ tag, digest }) => ({ reference: digest ?? tag, tag })),
        { tags, actions: [], cut },
        signal,
      ),
    [repository, names],
  );
  if (drawn.length === 0) return <p>There are no tags to draw.</p>;
  return (
    <>
      <p class="muted">
        {drawn.length === wanted.length
          ? `${drawn.length === 1 ? 'The tag' : `All ${drawn.length} tags`}`
          : `${order === 'newest' ? 'The newest' : 'The first'} ${drawn.length} of ${wanted.length} tags`}
        .{drawn.length < tags.length && ' Others can be chosen in the list of tags.'}
      </p>
      <Loaded state={load} what="the graph">
        {(graph) => <GraphView graph={graph} />}
      </Loaded>
    </>
  );
}
