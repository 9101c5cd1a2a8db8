/** Controls other than tab and line ends, and what changes the direction of text, so that nothing reads other than it is (CVE-2021-42574). */
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** The text with characters that nobody sees written as their code points, such as ‹U+202E›. */
export function showControls(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(controls, (control) => `‹U+${control.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}›`);
}

/** The same of a text that may be of any length: no more than some of it, in UTF-16 code units, and a sign where it was cut. */
export const cutText = (text: string, most: number): string => showControls(text.length > most ? `${text.slice(0, most)}…` : text);

/** The text of UTF-8 bytes; undefined when they are something else. A part of a text may end within a character. */
export function decodeText(bytes: Uint8Array, isPart = false): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isPart });
  } catch {
    return undefined;
  }
}
