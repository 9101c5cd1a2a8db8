// Control and format characters, and what separates lines: with them a text can look like another, or reorder what stands beside it (CVE-2021-42574).
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\u115f\u1160\u3164\uffa0]/gu;

const escaped = (character: string): string => `\\u{${character.codePointAt(0)!.toString(16)}}`;

/** Text of one line as it can be shown: what cannot be seen in it is written out, such as \u{202e}. */
export const escapeInvisible = (text: string): string => text.replace(invisible, escaped);

/** The same of a text of several lines: its ends of lines and tabs stay. */
export const escapeInvisibleInLines = (text: string): string =>
  text
    .replace(/\r\n/g, '\n')
    .replace(invisible, (character) => (character === '\n' || character === '\t' ? character : escaped(character)));

/** The same of a text that may be of any length: no more than some of it, in UTF-16 code units, and a sign where it was cut. */
export const truncateText = (text: string, most: number): string =>
  escapeInvisibleInLines(text.length > most ? `${text.slice(0, most)}…` : text);

/** The text as part of a name of a file. */
export const replaceInvisible = (text: string): string => text.replace(invisible, '_');
