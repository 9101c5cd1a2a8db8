import type { ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { formatBytes } from '../format/formatters.ts';
import { lazyComponent } from '../components/lazyComponent.tsx';
import { Loaded } from '../components/Loaded.tsx';
import { useLoad } from '../hooks/useLoad.ts';
import { Picture } from '../components/Picture.tsx';
import { detectFormat, imageType, type BlobFormat } from './detectFormat.ts';
import { ErrorBoundary } from '../components/ErrorBoundary.tsx';
import { PagedHexView } from './PagedHexView.tsx';
import type { BlobViewerProps, DocumentProps } from './types.ts';
import { truncateText } from '../format/invisibleCharacters.ts';
import { TextView } from './TextView.tsx';

/** Bytes of a blob that are read to detect its format. */
const headSize = 64 * 1024;
const mebibyte = 1024 * 1024;

/** Formats that are read as a whole: their views and size limits in bytes. Larger blobs are shown in hexadecimal. */
const documents: Record<Exclude<BlobFormat, 'layer' | 'hex'>, { largest: number; view: ComponentType<DocumentProps> }> = {
  json: { largest: 32 * mebibyte, view: lazyComponent('the viewer', async () => (await import('./lazyViewers.ts')).JsonDocument) },
  cose: { largest: mebibyte, view: lazyComponent('the viewer', async () => (await import('./lazyViewers.ts')).NotationView) },
  wasm: { largest: 64 * mebibyte, view: lazyComponent('the viewer', async () => (await import('./lazyViewers.ts')).WasmView) },
  elf: { largest: 64 * mebibyte, view: lazyComponent('the viewer', async () => (await import('./lazyViewers.ts')).ElfView) },
  image: {
    largest: 16 * mebibyte,
    view: ({ bytes, descriptor }) => (
      <Picture
        bytes={bytes}
        type={imageType(bytes)}
        alt={truncateText(descriptor.annotations?.['org.opencontainers.image.title'] ?? 'Picture without a name', 300)}
      />
    ),
  },
  text: { largest: 4 * mebibyte, view: ({ bytes }) => <TextView text={new TextDecoder().decode(bytes)} /> },
};

const LayerView = lazyComponent('the viewer of layers', async () => (await import('../layers/lazyViews.ts')).LayerView);

/** A blob in the view of its format, detected from its descriptor and first bytes. */
export function BlobView(props: BlobViewerProps) {
  const { repository, descriptor } = props;
  const content = repository.blob(descriptor);
  const format = useLoad(
    async (signal) => {
      const head = content.size <= headSize ? await content.bytes(headSize, signal) : await content.read(0, headSize, signal);
      return detectFormat(descriptor.mediaType, head, content.size, descriptor.annotations?.['org.opencontainers.image.title']);
    },
    [repository, descriptor.digest, descriptor.mediaType],
  );
  return (
    <Loaded state={format} what="the content">
      {(found) => {
        if (content.size === 0) return <p class="muted">The blob is empty.</p>;
        if (found === 'layer')
          return (
            <ErrorBoundary>
              <LayerView content={content} descriptor={descriptor} />
            </ErrorBoundary>
          );
        if (found === 'hex') return <PagedHexView content={content} />;
        const { largest, view } = documents[found];
        if (content.size > largest)
          return (
            <>
              <p>
                It has {formatBytes(content.size)}; as what it is the page shows no more than {formatBytes(largest)}.
              </p>
              <PagedHexView content={content} />
            </>
          );
        return <Document {...props} largest={largest} view={view} />;
      }}
    </Loaded>
  );
}

function Document({ largest, view: View, ...props }: BlobViewerProps & { largest: number; view: ComponentType<DocumentProps> }) {
  const { repository, descriptor } = props;
  const content = repository.blob(descriptor);
  const [areBytesShown, setBytesShown] = useState(false);
  const bytes = useLoad((signal) => content.bytes(largest, signal), [repository, descriptor.digest, largest]);
  return (
    <Loaded state={bytes} what="the content">
      {(whole) => (
        <>
          <ErrorBoundary key={descriptor.digest}>
            <View {...props} bytes={whole} />
          </ErrorBoundary>
          <details onToggle={(event) => setBytesShown(event.currentTarget.open)}>
            <summary>Bytes</summary>
            {areBytesShown && <PagedHexView content={content} />}
          </details>
        </>
      )}
    </Loaded>
  );
}
