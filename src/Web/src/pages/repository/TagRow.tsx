import { useRef } from 'preact/hooks';
import type { TagInfo } from '../../api/extensions.ts';
import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { Age } from '../../components/Age.tsx';
import { Digest } from '../../components/Digest.tsx';
import { formatBytes } from '../../format/formatters.ts';
import { Semaphore } from '../../api/semaphore.ts';
import { useLoad } from '../../hooks/useLoad.ts';
import { manifestPath } from '../../routing/paths.ts';
import { useInView } from '../../hooks/useInView.ts';
import { summarizeManifest } from './summarizeManifest.ts';

/** Maximum number of rows that load their manifests at the same time. */
const semaphore = new Semaphore(4);
const maxPlatforms = 4;

/** A tag. Its manifest is fetched when the row becomes visible. */
export function TagRow({
  repository,
  tag,
  dated,
  chosen,
  onChoose,
}: {
  repository: RemoteRepository;
  tag: TagInfo;
  dated: boolean;
  chosen: boolean;
  onChoose: (tag: string) => void;
}) {
  const row = useRef<HTMLTableRowElement>(null);
  const seen = useInView(row);
  const load = useLoad(
    async (signal) => (seen ? semaphore.enter(signal, () => summarizeManifest(repository, tag.digest ?? tag.tag, signal)) : undefined),
    [seen, tag.digest, tag.tag],
  );
  const found = load.value;
  const digest = tag.digest ?? found?.digest;
  const waiting = <span class="muted">{load.error ? '–' : '…'}</span>;
  return (
    <tr ref={row}>
      <td>
        <input type="checkbox" aria-label={`Choose ${tag.tag}`} checked={chosen} onChange={() => onChoose(tag.tag)} />
      </td>
      <th scope="row">
        <a href={manifestPath(repository.name, tag.tag)}>{tag.tag}</a>
      </th>
      <td>
        {load.error ? (
          <span class="problem" title={load.error.message}>
            could not be read
          </span>
        ) : (
          (found?.label ?? waiting)
        )}
      </td>
      <td class="number">{found === undefined ? waiting : `${found.more ? 'over ' : ''}${formatBytes(found.size)}`}</td>
      <td>
        {found === undefined
          ? waiting
          : found.platforms.slice(0, maxPlatforms).map((platform) => (
              <span key={platform} class="badge">
                {platform}
              </span>
            ))}
        {found !== undefined && found.platforms.length > maxPlatforms && (
          <span class="muted"> and {found.platforms.length - maxPlatforms} more</span>
        )}
      </td>
      {dated && (
        <td>
          <Age time={tag.changed} />
        </td>
      )}
      <td>{digest === undefined ? waiting : <Digest digest={digest} href={manifestPath(repository.name, digest)} />}</td>
    </tr>
  );
}
