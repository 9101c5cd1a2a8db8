import { Lexer, type Token } from 'marked';

/** Longer texts are shown as they are. In UTF-16 code units. */
const longest = 200_000;
/** The lexer takes a time for a line of text that grows with the square of these, so in a paragraph with more none of them has a meaning. */
const emphasis = /[*_~]/g;
const mostEmphasis = 300;
/** Markers in a row that make the lexer slow, or nest without end. No README has so many. */
const suspicious = /[>\[\]*_`~!(<]{100}|(?:[>*+-] ){60}|^[ \t]{200}/m;

/** The tokens of a text in GitHub's Markdown; undefined when it is one that had better be shown as it is. */
export function readMarkdown(text: string): Token[] | undefined {
  if (text.length > longest || suspicious.test(text)) return undefined;
  try {
    const lexer = new Lexer({ gfm: true });
    // As Lexer.lex does it, but for the paragraphs that are left as they are.
    lexer.blockTokens(text.replace(/\r\n?/g, '\n'), lexer.tokens);
    for (const { src, tokens } of lexer.inlineQueue) {
      if ((src.match(emphasis)?.length ?? 0) > mostEmphasis) tokens.push({ type: 'text', raw: src, text: src });
      else lexer.inlineTokens(src, tokens);
    }
    return lexer.tokens;
  } catch {
    return undefined;
  }
}
