// node serve.mjs [--registry http://127.0.0.1:5000] [--port 5173]
//
// Development server: builds the web UI for each visit, and proxies requests below /v2 to a registry.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildWebUi } from './build.mjs';

const { values } = parseArgs({
  options: { registry: { type: 'string', default: 'http://127.0.0.1:5000' }, port: { type: 'string', default: '5173' } },
});
const registry = new URL(values.registry);
const folder = join(tmpdir(), `registry-web-ui-${process.pid}`);
/** The policy that the hosts send, so that violations show up during development. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const types = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.txt': 'text/plain' };

createServer(async (asked, answer) => {
  const { pathname } = new URL(asked.url, 'http://localhost');
  if (pathname.startsWith('/v2')) return pass(asked, answer);
  try {
    if (!pathname.startsWith('/ui/_/')) await buildWebUi(folder);
    const file = pathname.startsWith('/ui/_/') ? join(folder, '_', pathname.slice('/ui/_/'.length)) : join(folder, 'index.html');
    await stat(file);
    answer.writeHead(200, {
      'Content-Type': types[extname(file)] ?? 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': policy,
    });
    createReadStream(file).pipe(answer);
  } catch (error) {
    answer.writeHead(404, { 'Content-Type': 'text/plain' }).end(String(error));
  }
}).listen(Number(values.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${values.port}/`));

function pass(asked, answer) {
  // Keeps the browser's Host header, because the registry builds the address of its token endpoint from it.
  const onward = request(
    { host: registry.hostname, port: registry.port, method: asked.method, path: asked.url, headers: asked.headers },
    (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    },
  );
  onward.on('error', (error) => answer.writeHead(502, { 'Content-Type': 'text/plain' }).end(String(error)));
  asked.pipe(onward);
}
