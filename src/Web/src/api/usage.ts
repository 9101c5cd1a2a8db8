import { count, flag, list, members, text } from '../oci/untrustedJson.ts';
import { time } from './extensions.ts';

/** Storage usage of a repository, as the garbage collector last measured it. */
export interface Usage {
  name: string;
  /** Undefined before the first measurement. */
  measured?: Date;
  manifests: number;
  /** Size of all linked blobs. */
  bytes: number;
  /** Size of the blobs that no other repository links. */
  uniqueBytes?: number;
  /** Size of unreferenced blobs, which the next passes free. */
  unreferencedBytes: number;
  /** Size of blobs that only deleted manifests reference: freed when these can no longer be restored. */
  restorableBytes: number;
  lastPushed?: Date;
  /** The day, such as 2026-11-25: pulls are recorded by day. */
  lastPulled?: string;
  /** One point a day, for a year at most. */
  history: UsageOfDay[];
}

export interface UsageOfDay {
  /** Such as 2026-11-25. */
  day: string;
  bytes: number;
  manifests: number;
}

export function readUsage(value: unknown): Usage | undefined {
  const of = members(value);
  const name = text(of.name);
  if (name === undefined) return undefined;
  return {
    name,
    measured: time(of.measured),
    manifests: count(of.manifests) ?? 0,
    bytes: count(of.bytes) ?? 0,
    uniqueBytes: count(of.uniqueBytes),
    unreferencedBytes: count(of.unreferencedBytes) ?? 0,
    restorableBytes: count(of.restorableBytes) ?? 0,
    lastPushed: time(of.lastPushed),
    lastPulled: day(of.lastPulled),
    history: (list(of.history, readDay) ?? []).sort((a, b) => (a.day < b.day ? -1 : 1)),
  };
}

function day(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && time(value) !== undefined ? value : undefined;
}

function readDay(value: unknown): UsageOfDay | undefined {
  const of = members(value);
  const on = day(of.day);
  return on === undefined ? undefined : { day: on, bytes: count(of.bytes) ?? 0, manifests: count(of.manifests) ?? 0 };
}

export const readUsages = (document: unknown): Usage[] => list(members(document).repositories, readUsage) ?? [];

/** A pass of the garbage collector. */
export interface Collection {
  began?: Date;
  /** Such as 00:00:01.5. */
  worked?: string;
  /** Whether it was a dry run. */
  dryRun: boolean;
  complete: boolean;
  stopReason?: string;
  freedBytes: number;
  markedForDeletionBytes: number;
  storedBytes: number;
  lines: CollectionLine[];
}

export interface CollectionLine {
  kind: string;
  outcome: string;
  reason: string;
  count: number;
  bytes: number;
}

export const readCollections = (document: unknown): Collection[] =>
  list(members(document).collections, (value) => {
    const of = members(value);
    return {
      began: time(of.began),
      worked: text(of.worked),
      dryRun: flag(of.dryRun),
      complete: flag(of.complete),
      stopReason: text(of.stopReason),
      freedBytes: count(of.freedBytes) ?? 0,
      markedForDeletionBytes: count(of.markedForDeletionBytes) ?? 0,
      storedBytes: count(of.storedBytes) ?? 0,
      lines:
        list(of.lines, (line) => {
          const one = members(line);
          return {
            kind: text(one.kind) ?? '',
            outcome: text(one.outcome) ?? '',
            reason: text(one.reason) ?? '',
            count: count(one.count) ?? 0,
            bytes: count(one.bytes) ?? 0,
          };
        }) ?? [],
    };
  }) ?? [];
