import type { Package } from './types.ts';

/** The packages in which each word of a search occurs somewhere, in upper or lower case. */
export function searchPackages(packages: readonly Package[], search: string): readonly Package[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return packages;
  return packages.filter(({ name, version, license, purl, supplier }) => {
    const text = [name, version, license, purl, supplier].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
