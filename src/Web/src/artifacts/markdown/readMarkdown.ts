import { Lexer, type Token } from 'marked';

/** Longer texts, and texts of more lines, are shown as they are. In UTF-16 code units. */
const longest = 200_000;
const mostLines = 5000;
/** Lists take the lexer a time that grows with the square of their items. */
const item = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]/gm;
const mostItems = 3000;
/** A table has as many cells in each row as its head has, whatever stands in it. */
const mostCells = 100_000;
/** The lexer takes a time for a paragraph that grows with the square of its length, and of these, so in one with more none of them has a meaning. */
const emphasis = /[*_~]/g;
const mostEmphasis = 300;
const longestParagraph = 5000;
/** Milliseconds for what is in paragraphs; those that come later are left as they are. */
const patience = 1000;
/** Markers in a row that make the lexer slow, or nest without end. No README has so many. */
const suspicious = /[>\[\]*_`~!(<]{100}|(?:[>*+-] ){60}|(?:> ?){20}|^[ \t]{200}/m;

/** The tokens of a text in GitHub's Markdown; undefined when it is one that had better be shown as it is. */
export function readMarkdown(text: string): Token[] | undefined {
  const source = text.replace(/\r\n?/g, '\n');
  if (source.length > longest || suspicious.test(source) || isLarge(source.split('\n')) || countOf(source, item) > mostItems)
    return undefined;
  try {
    const lexer = new Lexer({ gfm: true });
    // As Lexer.lex does it, but for the paragraphs that are left as they are.
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
