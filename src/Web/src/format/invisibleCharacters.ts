// Control and format characters, and line separators: with them a text can look like another one, or reorder adjacent text
// (CVE-2021-42574).
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\u115f\u1160\u3164\uffa0]/gu;

const escaped = (character: string): string => `\\u{${character.codePointAt(0)!.toString(16)}}`;

/** Text of one line with invisible characters escaped, such as \u{202e}. */
export const escapeInvisible = (text: string): string => text.replace(invisible, escaped);

/** The same for text of several lines: line ends and tabs are kept. */
export const escapeInvisibleInLines = (text: string): string =>
  text
    .replace(/\r\n/g, '\n')
    .replace(invisible, (character) => (character === '\n' || character === '\t' ? character : escaped(character)));

/** The same for text of any length: cut at a number of UTF-16 code units, with an ellipsis. */
export const truncateText = (text: string, most: number): string =>
  escapeInvisibleInLines(text.length > most ? `${text.slice(0, most)}…` : text);

/** Makes a text safe as a part of a file name. */
export const replaceInvisible = (text: string): string => text.replace(invisible, '_');
