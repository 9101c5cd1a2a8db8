import type { TagInfo } from '../../api/extensions.ts';
import type { RemoteRepository } from '../../api/remoteRepository.ts';

/** Pages, of a thousand tags each, that are looked through. */
const maxPages = 10;

/** The tags of a repository, or the first of very many. */
export interface ListedTags {
  tags: TagInfo[];
  /** What the caller may do in the repository. */
  actions: string[];
  /** Whether there are tags that were not looked at. */
  cut: boolean;
}

/** None where they cannot be listed: the rest of a page does without them. */
export async function listTags(repository: RemoteRepository, signal: AbortSignal): Promise<ListedTags> {
  const listed: ListedTags = { tags: [], actions: [], cut: false };
  let pages = 0;
  try {
    for await (const page of repository.tags(signal)) {
      listed.actions = page.actions;
      listed.tags.push(...page.tags);
      if (++pages === maxPages) return { ...listed, cut: true };
    }
  } catch {
    return { ...listed, cut: true };
  }
  return listed;
}
