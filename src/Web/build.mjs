// node build.mjs [FOLDER]
//
// Builds the web UI: index.html, and below _/ scripts and styles with content hashes in their names.
// It has no external dependencies: no service, font or script of other hosts.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** Builds the web UI into a folder, which is emptied first. */
export async function buildWebUi(folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: { app: 'src/main.tsx', style: 'src/style.css' },
    outdir: join(folder, '_'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
  });
  const made = Object.entries(metafile.outputs);
  const madeOf = (entry) => made.find(([, output]) => output.entryPoint === entry);
  const nameOf = (entry) => basename(madeOf(entry)[0]);
  // Without preloads the browser discovers the other scripts only when it parses the first one.
  const preloads = madeOf('src/main.tsx')[1]
    .imports.filter(({ kind }) => kind === 'import-statement')
    .map(({ path }) => `  <link rel="modulepreload" href="/ui/_/${basename(path)}">\n`);
  const icon = await readFile(join(here, 'src/icon.svg'));
  const iconName = `icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`;
  await writeFile(join(folder, '_', iconName), icon);
  const page = await readFile(join(here, 'src/index.html'), 'utf8');
  const named = page
    .replace('app.js', nameOf('src/main.tsx'))
    .replace('style.css', nameOf('src/style.css'))
    .replace('icon.svg', iconName)
    .replace('</head>', `${preloads.join('')}</head>`);
  await writeFile(join(folder, 'index.html'), named);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWebUi(process.argv[2] ?? join(here, 'dist'));
