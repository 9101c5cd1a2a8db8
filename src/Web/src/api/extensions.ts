// What this registry tells beyond the distribution API, below _registry. All of it is read as tolerantly as content is.
import { isDigest } from '../oci/names.ts';
import { parseDescriptor } from '../oci/parse.ts';
import { count, flag, list, members, text } from '../oci/untrustedJson.ts';
import type { Descriptor } from '../oci/types.ts';

/** A tag; of another registry's no more than its name is known. */
export interface TagInfo {
  tag: string;
  digest?: string;
  mediaType?: string;
  /** Of the manifest, in bytes. */
  size?: number;
  changed?: Date;
}

export interface TagPage {
  actions: string[];
  tags: TagInfo[];
}

export function readTags(document: unknown): TagPage {
  const of = members(document);
  return {
    actions: list(of.actions, text) ?? [],
    tags:
      list(of.tags, (value) => {
        const tag = members(value);
        const name = typeof value === 'string' ? value : text(tag.tag);
        if (name === undefined) return undefined;
        return { tag: name, digest: digest(tag.digest), mediaType: text(tag.mediaType), size: count(tag.size), changed: time(tag.changed) };
      }) ?? [],
  };
}

/** Something that was deleted and can be restored. */
export interface Deleted {
  /** The tag, or the digest of a manifest. */
  reference: string;
  digest?: string;
  mediaType?: string;
  size?: number;
  deletedAt?: Date;
  deletedBy?: string;
  restorableUntil?: Date;
}

export const readDeleted = (document: unknown): Deleted[] =>
  list(members(document).deleted, (value) => {
    const of = members(value);
    const reference = text(of.reference);
    if (reference === undefined) return undefined;
    return {
      reference,
      digest: digest(of.digest),
      mediaType: text(of.mediaType),
      size: count(of.size),
      deletedAt: time(of.deletedAt),
      deletedBy: text(of.deletedBy),
      restorableUntil: time(of.restorableUntil),
    };
  }) ?? [];

/** What a delete would do. */
export interface Preview {
  /** Why it would be refused. */
  refused?: string;
  tags: string[];
  /** Whether the manifest itself goes: a delete by tag takes the tag alone. */
  manifest: boolean;
  /** Whether the manifest stays, and no tag points to it. */
  untagged: boolean;
  /** Those that would be left without their subject. */
  referrers: Descriptor[];
  /** Digests of the indexes that name it. */
  parents: string[];
  freedBytes: number;
  /** Undefined where what is deleted cannot be restored. */
  restorableUntil?: Date;
}

export function readPreview(document: unknown): Preview {
  const of = members(document);
  return {
    refused: text(of.refused),
    tags: list(of.tags, text) ?? [],
    manifest: flag(of.manifest),
    untagged: flag(of.untagged),
    referrers: list(of.referrers, parseDescriptor) ?? [],
    parents: list(of.parents, digest) ?? [],
    freedBytes: count(of.freedBytes) ?? 0,
    restorableUntil: time(of.restorableUntil),
  };
}

export const digest = (value: unknown): string | undefined => (typeof value === 'string' && isDigest(value) ? value : undefined);

export function time(value: unknown): Date | undefined {
  const at = typeof value === 'string' ? new Date(value) : undefined;
  return at === undefined || Number.isNaN(at.getTime()) ? undefined : at;
}
