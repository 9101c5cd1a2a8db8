// node test.mjs [FILE...]: runs test/*.test.ts(x) with Node's own test runner.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const named = process.argv.slice(2);
const files = named.length > 0 ? named : readdirSync(join(here, 'test')).filter((file) => /\.test\.tsx?$/.test(file)).map((file) => join('test', file));
// Beside node_modules, where the bundles find what they do not hold.
const folder = mkdtempSync(join(here, 'node_modules', '.tests-'));
try {
  await build({
    absWorkingDir: here,
    entryPoints: files,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    sourcemap: 'inline',
    packages: 'external',
    logLevel: 'warning',
  });
  const made = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.test.mjs')).map((file) => join(folder, file));
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...made], { stdio: 'inherit', cwd: here });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
