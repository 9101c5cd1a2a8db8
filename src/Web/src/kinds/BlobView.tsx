import type { ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { formatBytes } from '../parts/format.ts';
import { lazily } from '../parts/lazily.tsx';
import { Loaded, useLoad } from '../parts/loaded.tsx';
import { Picture } from '../parts/Picture.tsx';
import { formatOf, imageType, type Format } from './format.ts';
import { Guarded } from './Guarded.tsx';
import { HexPages } from './HexPages.tsx';
import type { BlobViewerProps, DocumentProps } from './kind.ts';
import { cutText } from '../parts/visible.ts';
import { TextView } from './TextView.tsx';

/** What is read of a blob to see what it is. In bytes. */
const headSize = 64 * 1024;
const mebibyte = 1024 * 1024;

/** Formats that are read as a whole: their views, and up to which size in bytes. Larger ones are shown as bytes. */
const documents: Record<Exclude<Format, 'layer' | 'hex'>, { largest: number; view: ComponentType<DocumentProps> }> = {
  json: { largest: 32 * mebibyte, view: lazily('the viewer', async () => (await import('./viewers.ts')).JsonDocument) },
  cose: { largest: mebibyte, view: lazily('the viewer', async () => (await import('./viewers.ts')).NotationView) },
  wasm: { largest: 64 * mebibyte, view: lazily('the viewer', async () => (await import('./viewers.ts')).WasmView) },
  elf: { largest: 64 * mebibyte, view: lazily('the viewer', async () => (await import('./viewers.ts')).ElfView) },
  image: {
    largest: 16 * mebibyte,
    view: ({ bytes, descriptor }) => (
      <Picture
        bytes={bytes}
        type={imageType(bytes)}
        alt={cutText(descriptor.annotations?.['org.opencontainers.image.title'] ?? 'Picture without a name', 300)}
      />
    ),
  },
  text: { largest: 4 * mebibyte, view: ({ bytes }) => <TextView text={new TextDecoder().decode(bytes)} /> },
};

const LayerView = lazily('the viewer of layers', async () => (await import('../layers/views.ts')).LayerView);

/** Any blob as what it is, by its descriptor and what it begins with. */
export function BlobView(props: BlobViewerProps) {
  const { repository, descriptor } = props;
  const content = repository.blob(descriptor);
  const format = useLoad(
    async (signal) => {
      const head = content.size <= headSize ? await content.bytes(headSize, signal) : await content.read(0, headSize, signal);
      return formatOf(descriptor.mediaType, head, content.size, descriptor.annotations?.['org.opencontainers.image.title']);
    },
    [repository, descriptor.digest, descriptor.mediaType],
  );
  return (
    <Loaded of={format} what="the content">
      {(found) => {
        if (content.size === 0) return <p class="muted">It is empty.</p>;
        if (found === 'layer')
          return (
            <Guarded>
              <LayerView content={content} descriptor={descriptor} />
            </Guarded>
          );
        if (found === 'hex') return <HexPages content={content} />;
        const { largest, view } = documents[found];
        if (content.size > largest)
          return (
            <>
              <p>
                It has {formatBytes(content.size)}; as what it is the page shows no more than {formatBytes(largest)}.
              </p>
              <HexPages content={content} />
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
    <Loaded of={bytes} what="the content">
      {(whole) => (
        <>
          <Guarded key={descriptor.digest}>
            <View {...props} bytes={whole} />
          </Guarded>
          <details onToggle={(event) => setBytesShown(event.currentTarget.open)}>
            <summary>Bytes</summary>
            {areBytesShown && <HexPages content={content} />}
          </details>
        </>
      )}
    </Loaded>
  );
}
