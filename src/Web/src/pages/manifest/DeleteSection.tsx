import { useState } from 'preact/hooks';
import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { useLoad } from '../../hooks/useLoad.ts';
import { DeleteDialog } from './DeleteDialog.tsx';
import type { ListedTags } from './listTags.ts';

/** Buttons that delete a tag or the manifest, if the user may delete. */
export function DeleteSection({
  repository,
  digest,
  tag,
  tags,
}: {
  repository: RemoteRepository;
  digest: string;
  tag?: string;
  tags: Promise<ListedTags>;
}) {
  const listed = useLoad(() => tags, [tags]).value;
  const [deleting, setDeleting] = useState<string>();
  // The preview of a deletion needs pull as well.
  if (!listed || !['delete', 'pull'].every((action) => listed.actions.includes(action))) return null;
  return (
    <section aria-labelledby="removal">
      <h2 id="removal">Delete</h2>
      <div class="tools">
        {tag !== undefined && (
          <button type="button" class="danger" onClick={() => setDeleting(tag)}>
            Delete the tag…
          </button>
        )}
        <button type="button" class="danger" onClick={() => setDeleting(digest)}>
          Delete the manifest…
        </button>
      </div>
      {deleting !== undefined && <DeleteDialog repository={repository} reference={deleting} onClose={() => setDeleting(undefined)} />}
    </section>
  );
}
