import { useEffect, useState } from 'preact/hooks';
import { visible } from '../names.ts';

/** A picture of points, of a type that rasterType gives. */
export function Picture({ bytes, type, path }: { bytes: Uint8Array; type: string; path: string }) {
  const [address, setAddress] = useState<string>();
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  if (broken) return <p class="muted">It begins as a picture, and the browser cannot show it.</p>;
  return address === undefined ? null : <img class="picture" src={address} alt={visible(path)} onError={() => setBroken(true)} />;
}
