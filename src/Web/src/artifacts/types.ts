import type { ComponentType } from 'preact';
import type { Repository } from '../api/repository.ts';
import type { Descriptor, StoredManifest } from '../oci/types.ts';

/** What a viewer of an artifact is given. */
export interface ViewerProps {
  repository: Repository;
  manifest: StoredManifest;
}

/** What a viewer of a single blob is given. */
export interface BlobViewerProps {
  repository: Repository;
  /** As the manifest names it. */
  descriptor: Descriptor;
  /** The manifest that names it, where that is known: signatures and statements are compared with its subject. */
  manifest?: StoredManifest;
}

/** What a viewer of a document is given: of a blob that was read as a whole. */
export interface DocumentProps extends BlobViewerProps {
  bytes: Uint8Array;
}

/** A kind of artifact that the pages know how to show. */
export interface ArtifactKind {
  /** What people call it, such as Helm chart. */
  label: string;
  /** Its viewer, fetched when it is needed. */
  viewer(): Promise<ComponentType<ViewerProps>>;
}
