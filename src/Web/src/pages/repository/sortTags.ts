import type { TagInfo } from '../../api/extensions.ts';
import { compareVersions } from '../../oci/versions.ts';

export type TagOrder = 'newest' | 'version' | 'name';

/** Tags without a known time come last. */
export function sortTags(tags: readonly TagInfo[], order: TagOrder): TagInfo[] {
  const byName = (a: TagInfo, b: TagInfo) => (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0);
  const orders: Record<TagOrder, (a: TagInfo, b: TagInfo) => number> = {
    newest: (a, b) => (b.changed?.getTime() ?? 0) - (a.changed?.getTime() ?? 0) || byName(a, b),
    version: (a, b) => compareVersions(a.tag, b.tag),
    name: byName,
  };
  return [...tags].sort(orders[order]);
}
