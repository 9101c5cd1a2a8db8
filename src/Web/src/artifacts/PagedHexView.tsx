import { useState } from 'preact/hooks';
import type { Content } from '../api/content.ts';
import { formatBytes, formatCount } from '../format/formatters.ts';
import { Loaded } from '../components/Loaded.tsx';
import { useLoad } from '../hooks/useLoad.ts';
import { HexView } from './HexView.tsx';

/** Bytes on a page, which one request fetches. */
const pageSize = 16 * 1024;

/** All bytes of a blob, page by page. */
export function PagedHexView({ content }: { content: Content }) {
  const [page, setPage] = useState(0);
  const last = Math.max(0, Math.ceil(content.size / pageSize) - 1);
  const start = page * pageSize;
  const bytes = useLoad((signal) => content.read(start, Math.min(start + pageSize, content.size), signal), [content.digest, start]);
  return (
    <>
      <Loaded state={bytes} what="the bytes">
        {(read) => <HexView bytes={read} start={start} />}
      </Loaded>
      {last > 0 && (
        <p class="tools">
          <button type="button" disabled={page === 0} onClick={() => setPage(page - 1)}>
            Previous
          </button>
          <span role="status">
            Page {formatCount(page + 1)} of {formatCount(last + 1)}, {formatBytes(content.size)} in all
          </span>
          <button type="button" disabled={page >= last} onClick={() => setPage(page + 1)}>
            Next
          </button>
        </p>
      )}
    </>
  );
}
