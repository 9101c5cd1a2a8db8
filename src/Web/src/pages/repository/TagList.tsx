import { useMemo, useState } from 'preact/hooks';
import type { TagInfo } from '../../api/extensions.ts';
import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { isAttachedTag } from '../../oci/cosignTags.ts';
import { formatCount } from '../../format/formatters.ts';
import { comparePath, graphPath } from '../../routing/paths.ts';
import { ScrollArea } from '../../components/ScrollArea.tsx';
import { sortTags, type TagOrder } from './sortTags.ts';
import { TagRow } from './TagRow.tsx';

const shownAtOnce = 50;

/** The tags of a repository: filtered, sorted, and selected for a comparison. */
export function TagList({ repository, tags, done, cut }: { repository: RemoteRepository; tags: TagInfo[]; done: boolean; cut: boolean }) {
  const dated = tags.some((tag) => tag.changed !== undefined);
  const [wanted, setOrder] = useState<TagOrder>();
  const order = wanted ?? (dated ? 'newest' : 'version');
  const [filter, setFilter] = useState('');
  const [attached, setAttached] = useState(false);
  const [shown, setShown] = useState(shownAtOnce);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const signatures = useMemo(() => tags.filter((tag) => isAttachedTag(tag.tag)).length, [tags]);
  const sorted = useMemo(() => sortTags(tags, order), [tags, order]);
  const found = sorted.filter(
    (tag) => tag.tag.toLowerCase().includes(filter.trim().toLowerCase()) && (attached || !isAttachedTag(tag.tag)),
  );
  const choose = (tag: string) => setChosen(chosen.includes(tag) ? chosen.filter((one) => one !== tag) : [...chosen, tag]);
  const [one, other] = chosen;

  if (done && tags.length === 0) return <p>This repository has no tags. Manifests may still exist by digest.</p>;
  return (
    <>
      <div class="tools">
        <label>
          Filter tags{' '}
          <input
            type="search"
            autocapitalize="off"
            spellcheck={false}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
        <label>
          Order
          <select value={order} onChange={(event) => setOrder(event.currentTarget.value as TagOrder)}>
            {dated && <option value="newest">Newest first</option>}
            <option value="version">By version</option>
            <option value="name">By name</option>
          </select>
        </label>
        {signatures > 0 && (
          <label class="inline">
            <input type="checkbox" checked={attached} onChange={() => setAttached(!attached)} /> Show tags of signatures (
            {formatCount(signatures)})
          </label>
        )}
      </div>
      <p role="status" class={done ? 'muted' : 'waiting'}>
        {found.length < tags.length && `${formatCount(found.length)} of `}
        {formatCount(tags.length)} {tags.length === 1 ? 'tag' : 'tags'}
        {cut ? ', and the repository has more than this page lists' : done ? '' : ', and more are coming in…'}
      </p>
      <div class="tools" role="group" aria-label="Selected tags">
        <span>{chosen.length === 0 ? 'Select two tags to compare them, or more to see their graph.' : `Chosen: ${chosen.join(', ')}`}</span>
        {one !== undefined && other !== undefined && chosen.length === 2 && (
          <a class="button" href={comparePath(repository.name, one, other)}>
            Compare
          </a>
        )}
        {chosen.length > 0 && (
          <a class="button" href={graphPath(repository.name, chosen)}>
            Graph
          </a>
        )}
        {chosen.length > 0 && (
          <button type="button" onClick={() => setChosen([])}>
            Clear selection
          </button>
        )}
      </div>
      <ScrollArea label="Tags">
        <table class="tags">
          <caption class="hidden">Tags</caption>
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden">Chosen</span>
              </th>
              <th scope="col">Tag</th>
              <th scope="col">Kind</th>
              <th scope="col" class="number">
                Size
              </th>
              <th scope="col">Platforms</th>
              {dated && <th scope="col">Changed</th>}
              <th scope="col">Digest</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, shown).map((tag) => (
              <TagRow key={tag.tag} repository={repository} tag={tag} dated={dated} chosen={chosen.includes(tag.tag)} onChoose={choose} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {found.length > shown && (
        <p>
          <button type="button" onClick={() => setShown(shown + shownAtOnce)}>
            Show {Math.min(shownAtOnce, found.length - shown)} more
          </button>
        </p>
      )}
    </>
  );
}
