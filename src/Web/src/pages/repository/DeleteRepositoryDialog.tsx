import { useEffect, useRef, useState } from 'preact/hooks';
import type { DeletedContent, TagInfo } from '../../api/extensions.ts';
import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { formatCount, formatTime } from '../../format/formatters.ts';
import { useLoad } from '../../hooks/useLoad.ts';
import { homePath } from '../../routing/paths.ts';
import { navigate } from '../../routing/useRoute.ts';

/** Maximum number of tags that are named. */
const maxShown = 10;

/** Says what would be deleted, and asks for the repository's name. Closing it stops the deletion. */
export function DeleteRepositoryDialog({
  repository,
  tags,
  all,
  onChanged,
  onClose,
}: {
  repository: RemoteRepository;
  tags: TagInfo[];
  /** Whether these are all tags. */
  all: boolean;
  /** Called if something may have been deleted, but not everything. */
  onChanged: () => void;
  onClose: () => void;
}) {
  const [typed, setTyped] = useState('');
  const [progress, setProgress] = useState<DeletedContent>();
  const [problem, setProblem] = useState('');
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const remove = async () => {
    const controller = (abort.current = new AbortController());
    let deleted = 0;
    setProblem('');
    setProgress({ deleted, left: 0 });
    try {
      for await (const one of repository.deleteContent(controller.signal)) {
        deleted += one.deleted;
        setProgress({ deleted, left: one.left });
      }
      navigate(homePath);
    } catch (error) {
      if (!controller.signal.aborted) setProblem((error as Error).message);
      setProgress(undefined);
      // An aborted request may have deleted something.
      if (deleted > 0 || controller.signal.aborted) onChanged();
    }
  };
  return (
    <Dialog title="Delete the repository" onClose={onClose}>
      <Explanation repository={repository} tags={tags} all={all} />
      <label>
        Type <code class="break">{repository.name}</code> to confirm
        <input
          autocapitalize="off"
          autocomplete="off"
          spellcheck={false}
          value={typed}
          disabled={progress !== undefined}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      {progress && (
        <p role="status" class="waiting">
          Deleting…{' '}
          {progress.deleted > 0 && `${formatCount(progress.deleted)} manifests are deleted, ${formatCount(progress.left)} are left.`}
        </p>
      )}
      {problem !== '' && (
        <p role="alert" class="problem">
          {problem}
        </p>
      )}
      <div class="tools">
        <button type="button" class="danger" disabled={typed.trim() !== repository.name || progress !== undefined} onClick={remove}>
          Delete
        </button>
        <button type="button" onClick={onClose}>
          {progress ? 'Stop' : 'Cancel'}
        </button>
      </div>
    </Dialog>
  );
}

function Explanation({ repository, tags, all }: { repository: RemoteRepository; tags: TagInfo[]; all: boolean }) {
  // Everything that is deleted now can be restored as long as any tag.
  const [first] = tags;
  const preview = useLoad(
    async (signal) => (first ? { until: (await repository.preview(first.tag, signal)).restorableUntil } : 'unknown'),
    [repository, first?.tag],
  );
  const named = tags.slice(0, maxShown).map(({ tag }) => tag);
  const more = tags.length > maxShown || !all;
  return (
    <ul>
      {tags.length > 0 && (
        <li>
          {all ? `${formatCount(tags.length)} ${tags.length === 1 ? 'tag is' : 'tags are'} deleted` : 'All tags are deleted'}:{' '}
          {named.join(', ')}
          {more && ' and more'}.
        </li>
      )}
      <li>All manifests are deleted, those without a tag too. Blobs are freed later by garbage collection, and at last the name.</li>
      <li>
        <Loaded state={preview} what="until when it can be restored">
          {(found) =>
            found === 'unknown' ? (
              'The tab Deleted shows until when they can be restored.'
            ) : found.until === undefined ? (
              <b>They cannot be restored.</b>
            ) : (
              `They can be restored until ${formatTime(found.until)}.`
            )
          }
        </Loaded>
      </li>
    </ul>
  );
}
