import type { Token, Tokens } from 'marked';
import type { ComponentChildren } from 'preact';
import { ScrollArea } from '../../components/ScrollArea.tsx';
import { escapeInvisibleInLines } from '../../format/invisibleCharacters.ts';
import { SafeLink } from '../../components/SafeLink.tsx';
import { decodeEntities } from './entities.ts';

/** Maximum nesting; deeper content is shown as source. */
const deepest = 30;

interface TokensProps {
  of: readonly Token[] | undefined;
  depth: number;
  /** Within a link: links are not nested, and an image is shown as its text. */
  isLinked?: boolean;
}

/** Block elements: paragraphs, lists, tables and others. */
export function Blocks({ of = [], depth }: TokensProps) {
  return (
    <>
      {of.map((token, index) => (
        <Block key={index} token={token} depth={depth + 1} />
      ))}
    </>
  );
}

function Block({ token: any, depth }: { token: Token; depth: number }): ComponentChildren {
  if (depth > deepest) return <p>{source(any.raw)}</p>;
  const token = any as
    | Tokens.Heading
    | Tokens.Paragraph
    | Tokens.Text
    | Tokens.Code
    | Tokens.Blockquote
    | Tokens.List
    | Tokens.Table
    | Tokens.Hr
    | Tokens.Space
    | Tokens.Def
    | Tokens.HTML
    | Tokens.Checkbox;
  switch (token.type) {
    case 'heading':
      return (
        <Heading level={token.depth}>
          <Inlines of={token.tokens} depth={depth} />
        </Heading>
      );
    case 'paragraph':
      return (
        <p>
          <Inlines of={token.tokens} depth={depth} />
        </p>
      );
    case 'text':
      return token.tokens ? <Inlines of={token.tokens} depth={depth} /> : <>{plain(token.text)}</>;
    case 'code':
      return (
        <pre tabIndex={0}>
          <code>{source(token.text)}</code>
        </pre>
      );
    case 'blockquote':
      return (
        <blockquote>
          <Blocks of={token.tokens} depth={depth} />
        </blockquote>
      );
    case 'list':
      return <List token={token} depth={depth} />;
    case 'table':
      return <Table token={token} depth={depth} />;
    case 'hr':
      return <hr />;
    case 'checkbox':
      return <>{token.checked ? '☑ ' : '☐ '}</>;
    case 'space':
    case 'def':
      return null;
    default:
      return <p class="muted">{source(any.raw)}</p>;
  }
}

/** Headings of the text are shifted below those of the page. */
function Heading({ level, children }: { level: number; children: ComponentChildren }) {
  const Name = (['h3', 'h4', 'h5'] as const)[level - 1] ?? 'h6';
  return <Name>{children}</Name>;
}

function List({ token, depth }: { token: Tokens.List; depth: number }) {
  const items = token.items.map((item, index) => (
    <li key={index}>
      <Blocks of={item.tokens} depth={depth} />
    </li>
  ));
  return token.ordered ? <ol start={typeof token.start === 'number' ? token.start : 1}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ token, depth }: { token: Tokens.Table; depth: number }) {
  return (
    <ScrollArea label="Table">
      <table>
        <thead>
          <tr>
            {token.header.map((cell, index) => (
              <th key={index} scope="col">
                <Inlines of={cell.tokens} depth={depth} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column}>
                  <Inlines of={cell.tokens} depth={depth} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

/** Inline elements. */
function Inlines({ of = [], depth, isLinked }: TokensProps) {
  return (
    <>
      {of.map((token, index) => (
        <Inline key={index} token={token} depth={depth + 1} isLinked={isLinked} />
      ))}
    </>
  );
}

function Inline({ token: any, depth, isLinked }: { token: Token; depth: number; isLinked?: boolean }): ComponentChildren {
  if (depth > deepest) return <>{source(any.raw)}</>;
  const token = any as
    | Tokens.Strong
    | Tokens.Em
    | Tokens.Del
    | Tokens.Codespan
    | Tokens.Br
    | Tokens.Link
    | Tokens.Image
    | Tokens.Text
    | Tokens.Escape
    | Tokens.Checkbox
    | Tokens.Tag;
  switch (token.type) {
    case 'strong':
      return (
        <strong>
          <Inlines of={token.tokens} depth={depth} isLinked={isLinked} />
        </strong>
      );
    case 'em':
      return (
        <em>
          <Inlines of={token.tokens} depth={depth} isLinked={isLinked} />
        </em>
      );
    case 'del':
      return (
        <del>
          <Inlines of={token.tokens} depth={depth} isLinked={isLinked} />
        </del>
      );
    case 'codespan':
      return <code>{source(token.text)}</code>;
    case 'br':
      return <br />;
    case 'link':
      return (
        <Link href={token.href} isLinked={isLinked}>
          <Inlines of={token.tokens} depth={depth} isLinked />
        </Link>
      );
    case 'image':
      return (
        <>
          [picture:{' '}
          <Link href={token.href} isLinked={isLinked}>
            {plain(token.text) || source(token.href)}
          </Link>
          ]
        </>
      );
    case 'checkbox':
      return <>{token.checked ? '☑ ' : '☐ '}</>;
    case 'text':
      return token.type === 'text' && token.tokens ? <Inlines of={token.tokens} depth={depth} /> : <>{plain(token.text)}</>;
    case 'escape':
      return <>{plain(token.text)}</>;
    default:
      return <span class="muted">{source(any.raw)}</span>;
  }
}

function Link({ href, isLinked, children }: { href: string; isLinked?: boolean; children: ComponentChildren }) {
  return isLinked ? <>{children}</> : <SafeLink href={decodeEntities(href)}>{children}</SafeLink>;
}

const plain = (text: string): string => escapeInvisibleInLines(decodeEntities(text));
const source = (text: string): string => escapeInvisibleInLines(text);
