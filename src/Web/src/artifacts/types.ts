import type { ComponentType } from 'preact';
import type { Repository } from '../api/repository.ts';
import type { Descriptor, StoredManifest } from '../oci/types.ts';

/** Props of a viewer of an artifact. */
export interface ViewerProps {
  repository: Repository;
  manifest: StoredManifest;
}

/** Props of a viewer of a blob. */
export interface BlobViewerProps {
  repository: Repository;
  /** The descriptor in the manifest. */
  descriptor: Descriptor;
  /** The manifest that references it, if known: signatures and statements are compared with its subject. */
  manifest?: StoredManifest;
}

/** Props of a viewer of a document, a blob that was read as a whole. */
export interface DocumentProps extends BlobViewerProps {
  bytes: Uint8Array;
}

/** A kind of artifact that the web UI has a viewer for. */
export interface ArtifactKind {
  /** Label, such as Helm chart. */
  label: string;
  /** Its viewer, fetched when it is needed. */
  viewer(): Promise<ComponentType<ViewerProps>>;
}
