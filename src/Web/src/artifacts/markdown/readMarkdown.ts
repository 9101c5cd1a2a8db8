import { Lexer, type Token } from 'marked';

/** Longer texts, and texts with more lines, are shown as source. In UTF-16 code units. */
const longest = 200_000;
const mostLines = 5000;
/** The lexer's time for a list is quadratic in its items. */
const item = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]/gm;
const mostItems = 3000;
/** Each row of a table has as many cells as its head. */
const mostCells = 100_000;
/** The lexer's time for a paragraph is quadratic in its length and in these markers, so in paragraphs with more they are shown as text. */
const emphasis = /[*_~]/g;
const mostEmphasis = 300;
const longestParagraph = 5000;
/** Milliseconds for the content of paragraphs; later ones are shown as source. */
const patience = 1000;
/** Consecutive markers that make the lexer slow or nest too deeply. No README has so many. */
const suspicious = /[>\[\]*_`~!(<]{100}|(?:[>*+-] ){60}|(?:> ?){20}|^[ \t]{200}/m;

/** The tokens of GitHub Flavored Markdown; undefined if the text should be shown as source. */
export function readMarkdown(text: string): Token[] | undefined {
  const source = text.replace(/\r\n?/g, '\n');
  if (source.length > longest || suspicious.test(source) || isLarge(source.split('\n')) || countOf(source, item) > mostItems)
    return undefined;
  try {
    const lexer = new Lexer({ gfm: true });
    // As Lexer.lex does, except for the paragraphs that are shown as source.
    lexer.blockTokens(source, lexer.tokens);
    const end = performance.now() + patience;
    for (const { src, tokens } of lexer.inlineQueue) {
      if (src.length > longestParagraph || countOf(src, emphasis) > mostEmphasis || performance.now() > end)
        tokens.push({ type: 'text', raw: src, text: src });
      else lexer.inlineTokens(src, tokens);
    }
    return lexer.tokens;
  } catch {
    return undefined;
  }
}

function isLarge(lines: string[]): boolean {
  const columns = lines.reduce((most, line) => Math.max(most, countOf(line, /\|/g) + 1), 0);
  return lines.length > mostLines || (columns > 1 && columns * lines.length > mostCells);
}

const countOf = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;
