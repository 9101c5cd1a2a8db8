import type { Descriptor, StoredManifest } from '../oci/types.ts';
import type { Content } from './content.ts';

/** What the pages ask of one repository. */
export interface Repository {
  readonly name: string;
  /** By tag or digest. Throws a RegistryError when it is not there or may not be seen. */
  manifest(reference: string, signal?: AbortSignal): Promise<StoredManifest>;
  /** The manifests whose subject this is. */
  referrers(digest: string, signal?: AbortSignal): Promise<Descriptor[]>;
  /** A blob that a descriptor names. Nothing is asked before it is read. */
  blob(descriptor: { digest: string; size: number }): Content;
}
