import { useState } from 'preact/hooks';
import { isMissing } from '../../api/errors.ts';
import type { Preview } from '../../api/extensions.ts';
import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { navigate } from '../../routing/useRoute.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { formatBytes, formatTime, shortDigest } from '../../format/formatters.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { repositoryPath } from '../../routing/paths.ts';
import { typeName } from '../../format/typeName.ts';

/** Maximum number of items of each list in the preview. */
const maxShown = 10;

/** Shows a preview of the deletion, and asks for confirmation. */
export function DeleteDialog({ repository, reference, onClose }: { repository: RemoteRepository; reference: string; onClose: () => void }) {
  const load = useLoad(
    async (signal) => {
      try {
        return await repository.preview(reference, signal);
      } catch (error) {
        if (isMissing(error)) throw new Error('this registry does not tell what a delete would do, and the page deletes nothing without.');
        throw error;
      }
    },
    [reference],
  );
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const remove = async () => {
    setBusy(true);
    try {
      await repository.delete(reference);
      navigate(repositoryPath(repository.name));
    } catch (error) {
      setProblem((error as Error).message);
      setBusy(false);
    }
  };
  const preview = load.value;
  return (
    <Dialog title={reference.includes(':') ? 'Delete the manifest' : `Delete the tag ${reference}`} onClose={onClose}>
      <Loaded state={load} what="what this would do">
        {(found) => <Explanation preview={found} />}
      </Loaded>
      {problem !== '' && (
        <p role="alert" class="problem">
          {problem}
        </p>
      )}
      <div class="tools">
        {preview && preview.refused === undefined && (
          <button type="button" class="danger" disabled={busy} onClick={remove}>
            {busy ? 'Deleting…' : 'Delete'}
          </button>
        )}
        <button type="button" onClick={onClose}>
          {preview?.refused === undefined ? 'Cancel' : 'Close'}
        </button>
      </div>
    </Dialog>
  );
}

function Explanation({ preview }: { preview: Preview }) {
  if (preview.refused !== undefined) return <p class="problem">The registry would refuse this: {preview.refused}</p>;
  const some = (list: string[]) =>
    list.slice(0, maxShown).join(', ') + (list.length > maxShown ? ` and ${list.length - maxShown} more` : '');
  return (
    <ul>
      {preview.tags.length > 0 && (
        <li>
          {preview.tags.length === 1 ? 'This tag is deleted' : 'These tags are deleted'}: {some(preview.tags)}.
        </li>
      )}
      <li>
        {preview.manifest
          ? 'The manifest itself is deleted.'
          : preview.untagged
            ? 'The manifest is kept, but no tag points to it any more.'
            : 'The manifest is kept.'}
      </li>
      {preview.referrers.length > 0 && (
        <li>
          These will have no subject any more:{' '}
          {some(preview.referrers.map((one) => `${typeName(one.mediaType, one.artifactType)} ${shortDigest(one.digest)}`))}.
        </li>
      )}
      {preview.parents.length > 0 && (
        <li>These indexes still reference it, and will be incomplete: {some(preview.parents.map(shortDigest))}.</li>
      )}
      <li>
        {preview.freedBytes === 0
          ? 'This frees no space.'
          : `${formatBytes(preview.freedBytes)} that nothing else in this repository needs are freed later by garbage collection.`}
      </li>
      <li>
        {preview.restorableUntil === undefined ? (
          <b>It cannot be restored.</b>
        ) : (
          `It can be restored until ${formatTime(preview.restorableUntil)}.`
        )}
      </li>
    </ul>
  );
}
