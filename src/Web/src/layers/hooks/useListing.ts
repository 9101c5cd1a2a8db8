import { useEffect, useRef, useState } from 'preact/hooks';
import type { Content } from '../../api/content.ts';
import type { Descriptor } from '../../oci/types.ts';
import { FileTree } from '../fileTree.ts';
import { eachEntry } from '../eachEntry.ts';
import { openLayer, type Layer } from '../openLayer.ts';

/** How far the list of a layer is. */
export interface Listing {
  tree: FileTree;
  layer?: Layer;
  /** Entries that were found. */
  entries: number;
  /** Bytes of the layer that were transferred. */
  transferred: number;
  state: 'reading' | 'complete' | 'cut' | 'stopped' | 'failed';
  error?: Error;
}

/** How often what was found meanwhile is shown, in milliseconds. */
const interval = 250;

/** Lists a layer, and shows what was found so far while it is read. */
export function useListing(content: Content, descriptor: Descriptor): { listing: Listing; stop: () => void } {
  const [listing, setListing] = useState<Listing>(() => ({ tree: new FileTree(), entries: 0, transferred: 0, state: 'reading' }));
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => {
    const controller = new AbortController();
    abort.current = controller;
    let left = false;
    const now: Listing = { tree: new FileTree(), entries: 0, transferred: 0, state: 'reading' };
    const show = (): void => {
      if (!left) setListing({ ...now });
    };
    show();
    const timer = setInterval(show, interval);
    const list = async (): Promise<void> => {
      now.layer = await openLayer(content, descriptor, controller.signal);
      const reading = { signal: controller.signal, progress: (bytes: number) => void (now.transferred = bytes) };
      const complete = await eachEntry(now.layer, reading, (entry) => {
        now.tree.add(entry);
        now.entries++;
      });
      now.state = complete && !now.tree.cut ? 'complete' : 'cut';
    };
    list()
      .catch((error: unknown) => {
        now.state = controller.signal.aborted ? 'stopped' : 'failed';
        if (now.state === 'failed') now.error = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        clearInterval(timer);
        show();
      });
    return () => {
      left = true;
      controller.abort();
    };
    // The content is made anew for each rendering; its digest says whether it is another.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [content.digest, descriptor]);
  return { listing, stop: () => abort.current?.abort() };
}

/** What there is to say of a list that does not go on, besides an error. */
export function endOf(listing: Listing): string {
  if (listing.state === 'cut') return 'The layer has more entries than the web UI lists.';
  return listing.state === 'stopped' ? 'Reading was stopped: there may be more.' : '';
}
