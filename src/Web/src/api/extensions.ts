// API extensions of this registry, below _registry. Responses are parsed as tolerantly as content.
import { isDigest } from '../oci/names.ts';
import { parseDescriptor } from '../oci/parse.ts';
import { count, flag, list, members, text } from '../oci/untrustedJson.ts';
import type { Descriptor } from '../oci/types.ts';

/** A tag. Other registries return only its name. */
export interface TagInfo {
  tag: string;
  digest?: string;
  mediaType?: string;
  /** Size of the manifest in bytes. */
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

/** A deleted tag or manifest that can be restored. */
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

/** Preview of a deletion. */
export interface Preview {
  /** Why the registry would refuse it. */
  refused?: string;
  tags: string[];
  /** Whether the manifest is deleted: a deletion by tag deletes the tag only. */
  manifest: boolean;
  /** Whether the manifest is kept without a tag. */
  untagged: boolean;
  /** Referrers that would lose their subject. */
  referrers: Descriptor[];
  /** Digests of the indexes that reference the manifest. */
  parents: string[];
  freedBytes: number;
  /** Undefined if it cannot be restored. */
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

/** What a request to delete a repository did. */
export interface DeletedContent {
  /** Number of manifests that it deleted. */
  deleted: number;
  /** Number of manifests that are left: the request is repeated until there is none. */
  left: number;
}

/** Undefined if it is not that: the caller must not repeat the request for ever. */
export function readDeletedContent(document: unknown): DeletedContent | undefined {
  const of = members(document);
  const [deleted, left] = [count(of.deleted), count(of.left)];
  return deleted === undefined || left === undefined ? undefined : { deleted, left };
}

export const digest = (value: unknown): string | undefined => (typeof value === 'string' && isDigest(value) ? value : undefined);

export function time(value: unknown): Date | undefined {
  const at = typeof value === 'string' ? new Date(value) : undefined;
  return at === undefined || Number.isNaN(at.getTime()) ? undefined : at;
}
