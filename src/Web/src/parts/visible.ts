// Control and format characters, and what separates lines: with them a text can look like another, or reorder what stands beside it (CVE-2021-42574).
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\u115f\u1160\u3164\uffa0]/gu;

const written = (character: string): string => `\\u{${character.codePointAt(0)!.toString(16)}}`;

/** Text of one line as it can be shown: what cannot be seen in it is written out, such as \u{202e}. */
export const visible = (text: string): string => text.replace(unseen, written);

/** The same of a text of several lines: its ends of lines and tabs stay. */
export const visibleLines = (text: string): string =>
  text.replace(/\r\n/g, '\n').replace(unseen, (character) => (character === '\n' || character === '\t' ? character : written(character)));

/** The same of a text that may be of any length: no more than some of it, in UTF-16 code units, and a sign where it was cut. */
export const cutText = (text: string, most: number): string => visibleLines(text.length > most ? `${text.slice(0, most)}…` : text);

/** The text as part of a name of a file. */
export const withoutUnseen = (text: string): string => text.replace(unseen, '_');
