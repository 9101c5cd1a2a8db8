import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import type { VNode } from 'preact';
import { readChart } from '../../../src/artifacts/charts/chart.ts';
import { decodeEntities } from '../../../src/artifacts/markdown/entities.ts';
import { readMarkdown } from '../../../src/artifacts/markdown/readMarkdown.ts';
import { Blocks } from '../../../src/artifacts/markdown/tokens.tsx';
import { webAddress } from '../../../src/components/SafeLink.tsx';

/** Renders elements as markup, including stateless components. */
function markup(node: unknown): string {
  if (Array.isArray(node)) return node.map(markup).join('');
  if (typeof node !== 'object' || node === null)
    return typeof node === 'boolean' || node === null || node === undefined
      ? ''
      : String(node).replace(/&/g, '&amp;').replace(/</g, '&lt;');
  const { type, props } = node as VNode<Record<string, unknown>>;
  if (typeof type === 'function') return markup((type as (props: unknown) => unknown)(props));
  const { children, ...attributes } = props;
  assert.ok(!('dangerouslySetInnerHTML' in attributes));
  return `<${type}${Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${String(value)}"`)
    .join('')}>${markup(children)}</${type}>`;
}

const html = (text: string): string => markup(Blocks({ of: readMarkdown(text) ?? assert.fail('not read'), depth: 0 }));

test('a README becomes elements, and nothing in it becomes markup or runs', async () => {
  const { readme } = await readChart(new Uint8Array(readFileSync('test/data/artifacts/chart.tgz')));
  const made = html(readme ?? '');
  assert.match(made, /<h3>My chart<\/h3>/);
  assert.match(made, /<a href="https:\/\/example\.com\/ci" rel="noopener noreferrer nofollow" target="_blank">\[picture: Badge\]<\/a>/);
  assert.match(made, /<a href="https:\/\/example\.com\/a\?b=1&c=2"/);
  assert.match(made, /a bad one, \[picture: picture\]/);
  assert.match(made, /&lt;script>alert\(1\)&lt;\/script>/);
  assert.match(made, /&lt;img src=x onerror=alert\(1\)>/);
  assert.match(made, /<th scope="col">Key<\/th>/);
  assert.match(made, /<td><code>replicas<\/code><\/td><td><strong>1<\/strong><\/td>/);
  assert.match(made, /<li>☑ .*done<\/li>/);
  assert.match(made, /<ol start="1"><li>inner<\/li><\/ol>/);
  assert.match(made, /<code>a: &lt;b><\/code>/);
  assert.doesNotMatch(made, /<(script|img|iframe|style|svg)\b/);
});

test('links lead to the web or nowhere', () => {
  assert.equal(webAddress('HTTPS://example.com'), 'https://example.com/');
  for (const other of [
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    '//example.com',
    '/ui/x',
    'vbscript:x',
    'blob:https://a/b',
    'https://',
    'http:example.com',
    'https://[',
  ])
    assert.equal(webAddress(other), undefined, other);
  for (const other of [
    '[a](javascript:alert(1))',
    '[a](javascript&colon;alert(1))',
    '[a](&#106;avascript:alert(1))',
    '<javascript:alert(1)>',
    '[a]: javascript:alert(1)\n\n[a]',
    '![a](javascript:alert(1))',
    '[a](data:text/html;base64,AAAA)',
  ])
    assert.doesNotMatch(html(other), /href/, other);
});

test('Markdown that would take long or nests without end is left as text', () => {
  for (const marks of ['>'.repeat(50_000), '['.repeat(50_000), '*'.repeat(50_000), '- '.repeat(50_000), `${' '.repeat(300)}- a`])
    assert.equal(readMarkdown(marks), undefined);
  assert.equal(readMarkdown('a'.repeat(200_001)), undefined);
  const show = (text: string): void => {
    const of = readMarkdown(text);
    if (of) markup(Blocks({ of, depth: 0 }));
  };
  const begin = performance.now();
  for (const unit of [
    '~~a ~b',
    '_a_ __b',
    '*a**b',
    '[a](',
    '![a](<b',
    '`a ',
    '[a',
    'a@b.',
    '- - - a\n',
    '1. a\n\n',
    '> - a\n',
    'a\n=\n',
    '|-',
    '|\n',
  ])
    show(unit.repeat(Math.floor(199_000 / unit.length)));
  for (const rest of [
    `${'a'.repeat(190_000)}@`,
    `http://a.b/${'!'.repeat(99)}a`.repeat(1700),
    `|${'a|'.repeat(500)}\n|${'-|'.repeat(500)}\n${'|\n'.repeat(4000)}`,
  ])
    show(rest);
  assert.ok(performance.now() - begin < 10_000, 'it took too long');
  html(Array.from({ length: 90 }, (_, depth) => `${' '.repeat(depth * 2)}- a`).join('\n'));
});

test('character references', () => {
  assert.equal(
    decodeEntities('&lt;b&gt; &amp;amp; &#65;&#x42; &unknown; &constructor; &#0; &#xD800; &#9999999;'),
    '<b> &amp; AB &unknown; &constructor; \ufffd \ufffd \ufffd',
  );
});
