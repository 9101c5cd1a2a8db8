import { useState } from 'preact/hooks';
import type { TagInfo } from '../../api/extensions.ts';
import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { DeleteRepositoryDialog } from './DeleteRepositoryDialog.tsx';

/** The button that deletes the repository. */
export function DeleteRepositorySection(props: { repository: RemoteRepository; tags: TagInfo[]; all: boolean; onChanged: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <section aria-labelledby="removal">
      <h2 id="removal">Delete</h2>
      <div class="tools">
        <button type="button" class="danger" onClick={() => setOpen(true)}>
          Delete the repository…
        </button>
      </div>
      {open && <DeleteRepositoryDialog {...props} onClose={() => setOpen(false)} />}
    </section>
  );
}
