import { useState } from 'preact/hooks';
import type { Descriptor } from '../oci/types.ts';
import { formatBytes, formatCount } from '../format/formatters.ts';
import { BlobView } from './BlobView.tsx';
import type { ViewerProps } from './types.ts';
import { labelOf, mediaTypes } from './labels.ts';
import { truncateText } from '../format/invisibleCharacters.ts';

/** Maximum number that is listed. */
const maxLayers = 200;

/** The layers of an artifact, each in the view of its type: signatures, statements, SBOMs, modules or files. */
export function ContentsViewer({ repository, manifest }: ViewerProps) {
  const { layers = [], config } = manifest.document;
  const hasConfig = config !== undefined && config.mediaType !== mediaTypes.empty && config.size > 2;
  return (
    <>
      {layers.slice(0, maxLayers).map((descriptor, index) => (
        <Part
          key={`${index} ${descriptor.digest}`}
          title={titleOf(descriptor)}
          isOpen={index === 0}
          repository={repository}
          manifest={manifest}
          descriptor={descriptor}
        />
      ))}
      {layers.length > maxLayers && <p class="problem">{formatCount(layers.length - maxLayers)} layers more are not listed.</p>}
      {hasConfig && <Part title="Config" isOpen={false} repository={repository} manifest={manifest} descriptor={config} />}
    </>
  );
}

/** Fetched when it is opened: an artifact may have many large files. */
function Part({ title, isOpen, ...props }: ViewerProps & { title: string; isOpen: boolean; descriptor: Descriptor }) {
  const [open, setOpen] = useState(isOpen);
  return (
    <details class="part" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class="part-title">{title}</span> <span class="muted">{formatBytes(props.descriptor.size)}</span>
      </summary>
      {open && <BlobView {...props} />}
    </details>
  );
}

/** The title of a layer: its file name, or the label of its predicate or media type. */
function titleOf({ mediaType, annotations }: Descriptor): string {
  const title =
    annotations?.['org.opencontainers.image.title'] ?? annotations?.['in-toto.io/predicate-type'] ?? annotations?.['predicateType'];
  return truncateText(title ?? labelOf(mediaType) ?? mediaType, 300);
}
