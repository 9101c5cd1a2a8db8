import { useEffect, useRef, useState } from 'preact/hooks';
import type { Content } from '../../api/content.ts';
import type { Descriptor } from '../../oci/types.ts';
import { FileTree } from '../fileTree.ts';
import { eachEntry } from '../eachEntry.ts';
import { openLayer, type Layer } from '../openLayer.ts';

/** State of listing a layer. */
export interface Listing {
  tree: FileTree;
  layer?: Layer;
  /** Number of entries found. */
  entries: number;
  /** Bytes of the layer that were transferred. */
  transferred: number;
  state: 'reading' | 'complete' | 'cut' | 'stopped' | 'failed';
  error?: Error;
}

/** Interval of updates in milliseconds. */
const interval = 250;

/** Lists a layer, with intermediate results while it is read. */
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
    // The content object is new in each rendering; its digest identifies it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [content.digest, descriptor]);
  return { listing, stop: () => abort.current?.abort() };
}

/** The message for an incomplete list, apart from errors. */
export function endOf(listing: Listing): string {
  if (listing.state === 'cut') return 'The layer has more entries than the web UI lists.';
  return listing.state === 'stopped' ? 'Reading was stopped: there may be more.' : '';
}
