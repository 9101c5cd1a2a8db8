// Documents of the image spec as far as they could be read. Content is untrusted, so any member may be missing.

/** Image spec, "OCI Content Descriptors". Size in bytes. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  artifactType?: string;
  annotations?: Record<string, string>;
  platform?: Platform;
  urls?: string[];
}

/** Image spec, "Image Index". */
export interface Platform {
  architecture: string;
  os: string;
  variant?: string;
  'os.version'?: string;
}

/** An image manifest or an index, or Docker's. Missing or malformed members are omitted. */
export interface ManifestDocument {
  mediaType?: string;
  artifactType?: string;
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: Descriptor[];
  subject?: Descriptor;
  annotations?: Record<string, string>;
}

/** A fetched manifest, verified by its digest if digests can be computed. */
export interface StoredManifest {
  digest: string;
  /** Media type that the registry returned; the same bytes may have another one elsewhere. */
  mediaType: string;
  bytes: Uint8Array;
  document: ManifestDocument;
}

/** Image spec, "Image Configuration". Untrusted: check types before use. */
export interface ImageConfig {
  created?: string;
  author?: string;
  architecture?: string;
  os?: string;
  variant?: string;
  config?: {
    User?: string;
    ExposedPorts?: Record<string, unknown>;
    Env?: string[];
    Entrypoint?: string[];
    Cmd?: string[];
    Volumes?: Record<string, unknown>;
    WorkingDir?: string;
    Labels?: Record<string, string>;
    StopSignal?: string;
  };
  rootfs?: { type?: string; diff_ids?: string[] };
  history?: { created?: string; created_by?: string; author?: string; comment?: string; empty_layer?: boolean }[];
}
