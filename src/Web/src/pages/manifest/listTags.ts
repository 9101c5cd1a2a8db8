import type { TagInfo } from '../../api/extensions.ts';
import type { RemoteRepository } from '../../api/remoteRepository.ts';

/** Maximum number of pages, of a thousand tags each. */
const maxPages = 10;

/** The tags of a repository, or the first of very many. */
export interface ListedTags {
  tags: TagInfo[];
  /** Allowed actions in the repository. */
  actions: string[];
  /** Whether the repository has more tags. */
  cut: boolean;
}

/** Empty if they cannot be listed, because the rest of a page works without them. */
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
