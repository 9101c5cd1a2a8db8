import { useEffect, useState } from 'preact/hooks';
import { imageType } from './format.ts';
import type { DocumentProps } from './kind.ts';

/** A picture, drawn as the type that its first bytes are of, whatever its media type says. */
export function ImageView({ bytes, descriptor }: DocumentProps) {
  const [url, setUrl] = useState<string>();
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: imageType(bytes) }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  if (isBroken) return <p class="problem">The browser cannot draw this picture.</p>;
  return <img class="picture" src={url} alt={descriptor.annotations?.['org.opencontainers.image.title'] ?? 'Picture without a name'} onError={() => setBroken(true)} />;
}
