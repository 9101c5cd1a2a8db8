import { useState } from 'preact/hooks';
import { isMissing } from '../../api/errors.ts';
import type { Deleted } from '../../api/extensions.ts';
import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { Age } from '../../components/Age.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Digest } from '../../components/Digest.tsx';
import { formatCount, formatTime, shortDigest } from '../../format/formatters.ts';
import { manifestPath } from '../../routing/paths.ts';
import { ScrollArea } from '../../components/ScrollArea.tsx';
import { usePagedList } from '../../hooks/usePagedList.ts';

const maxDeleted = 1000;

/** Deleted tags and manifests, which can be restored or purged. */
export function DeletedList({
  repository,
  actions,
  onRestored,
}: {
  repository: RemoteRepository;
  actions: string[];
  onRestored: () => void;
}) {
  const [turn, setTurn] = useState(0);
  const [said, setSaid] = useState<{ text: string; reference?: string; bad?: boolean }>();
  const [leaving, setLeaving] = useState<Deleted>();
  const list = usePagedList((signal) => repository.deleted(signal), maxDeleted, [repository, turn]);
  const mayRestore = ['push', 'pull'].every((action) => actions.includes(action));
  const act = async (work: Promise<void>, done: string, reference?: string) => {
    setLeaving(undefined);
    try {
      await work;
      setSaid({ text: done, ...(reference && { reference }) });
      if (reference !== undefined) onRestored();
    } catch (error) {
      setSaid({ text: (error as Error).message, bad: true });
    }
    setTurn(turn + 1);
  };
  if (list.error)
    return (
      <p role="alert" class="problem">
        {isMissing(list.error)
          ? 'This registry does not keep deleted content.'
          : `The deleted content could not be listed: ${list.error.message}`}
      </p>
    );
  return (
    <>
      {said && (
        <p role={said.bad ? 'alert' : 'status'} class={said.bad ? 'problem' : 'done'}>
          {said.text} {said.reference && <a href={manifestPath(repository.name, said.reference)}>See it</a>}
        </p>
      )}
      {list.items.length === 0 ? (
        <p role="status" class={list.done ? '' : 'waiting'}>
          {list.done ? 'There is no deleted content to restore.' : 'Loading deleted content…'}
        </p>
      ) : (
        <ScrollArea label="Deleted">
          <table>
            <caption>
              {list.cut
                ? `The first ${formatCount(maxDeleted)} deleted tags and manifests`
                : 'Deleted tags and manifests that can be restored'}
            </caption>
            <thead>
              <tr>
                <th scope="col">Tag or digest</th>
                <th scope="col">Pointed to</th>
                <th scope="col">Deleted</th>
                <th scope="col">By</th>
                <th scope="col">Until</th>
                <th scope="col">
                  <span class="hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list.items.map((one) => (
                <tr key={`${one.reference} ${one.digest}`}>
                  <th scope="row">{one.reference.includes(':') ? <Digest digest={one.reference} /> : one.reference}</th>
                  <td>{one.digest === undefined || one.digest === one.reference ? '' : <Digest digest={one.digest} />}</td>
                  <td>
                    <Age time={one.deletedAt} />
                  </td>
                  <td>{one.deletedBy}</td>
                  <td>{one.restorableUntil && formatTime(one.restorableUntil)}</td>
                  <td class="tools">
                    {mayRestore && (
                      <button
                        type="button"
                        onClick={() => act(repository.restore(one.reference), `${shortDigest(one.reference)} is restored.`, one.reference)}
                        aria-label={`Restore ${one.reference}`}
                      >
                        Restore
                      </button>
                    )}
                    {actions.includes('admin') && (
                      <button type="button" class="danger" onClick={() => setLeaving(one)} aria-label={`Purge ${one.reference}`}>
                        Purge…
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
      {leaving && (
        <Dialog title="Purge" onClose={() => setLeaving(undefined)}>
          <p>
            <code>{leaving.reference}</code> cannot be restored afterwards. Its space is freed in the next passes of the garbage collector.
          </p>
          <div class="tools">
            <button
              type="button"
              class="danger"
              onClick={() => act(repository.purge(leaving.reference), `${shortDigest(leaving.reference)} is purged.`)}
            >
              Purge
            </button>
            <button type="button" onClick={() => setLeaving(undefined)}>
              Cancel
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
