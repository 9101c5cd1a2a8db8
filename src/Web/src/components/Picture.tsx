import { useEffect, useState } from 'preact/hooks';

/** A bitmap image, of a type that imageType detects, whatever its media type states. */
export function Picture({ bytes, type, alt }: { bytes: Uint8Array; type: string | undefined; alt: string }) {
  const [address, setAddress] = useState<string>();
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
    setBroken(false);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  if (isBroken) return <p class="muted">It begins like an image, but the browser cannot show it.</p>;
  return address === undefined ? null : <img class="picture" src={address} alt={alt} onError={() => setBroken(true)} />;
}
