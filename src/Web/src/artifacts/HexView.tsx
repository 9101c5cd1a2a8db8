import { hexLines } from './decoding/hex.ts';

/** A hex dump: offset, hexadecimal, ASCII. start is the offset of the first byte. Large content is shown in pages. */
export function HexView({ bytes, start = 0 }: { bytes: Uint8Array; start?: number }) {
  return (
    <pre class="hex" tabIndex={0} aria-label="Bytes in hexadecimal">
      {hexLines(bytes, start).join('\n')}
    </pre>
  );
}
