import { escapeInvisible, replaceInvisible } from '../format/invisibleCharacters.ts';
import { maxPath } from './limits.ts';

/** Resolves a name in an archive below the root of the layer, with warnings about it. */
export function pathOf(name: string): { path: string; odd?: string } {
  const odd: string[] = [];
  if (name.startsWith('/')) odd.push('the name is absolute');
  if (name.length > maxPath) odd.push(`the name has more than ${maxPath} characters and is cut`);
  const segments = name
    .slice(0, maxPath)
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) odd.push('the name leads out of its folder');
  const path = segments.join('/');
  if (escapeInvisible(path) !== path) odd.push('the name has characters that cannot be seen');
  return odd.length === 0 ? { path } : { path, odd: odd.join(', ') };
}

/** The last segment of a path. */
export const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The path of the parent folder; empty for the root. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

// Reserved device names of Windows, with any extension.
const devices = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** A name under which a file can be saved on any system. */
export function safeFileName(path: string): string {
  const name = replaceInvisible(lastOf(path))
    .replace(/[\\:*?"<>|%]/g, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '')
    .slice(0, 120);
  return name === '' ? 'file' : devices.test(name) ? `_${name}` : name;
}
