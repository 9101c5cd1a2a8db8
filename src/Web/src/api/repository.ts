import type { Descriptor, StoredManifest } from '../oci/types.ts';
import type { Content } from './content.ts';

/** Access to one repository, as the views use it. */
export interface Repository {
  readonly name: string;
  /** Gets a manifest by tag or digest. Throws a RegistryError if it is missing or not allowed. */
  manifest(reference: string, signal?: AbortSignal): Promise<StoredManifest>;
  /** The manifests whose subject this is. */
  referrers(digest: string, signal?: AbortSignal): Promise<Descriptor[]>;
  /** The blob of a descriptor. Sends no request until it is read. */
  blob(descriptor: { digest: string; size: number }): Content;
}
