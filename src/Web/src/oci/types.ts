// Documents of the image spec, as far as they could be read: content comes from anyone, so nothing in them can be relied on to be there.

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

/** An image manifest or an index, or Docker's. What is missing in it or has another type than it should is left out. */
export interface ManifestDocument {
  mediaType?: string;
  artifactType?: string;
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: Descriptor[];
  subject?: Descriptor;
  annotations?: Record<string, string>;
}

/** A manifest that was got from the registry, and whose bytes were found to be those of its digest where the page can tell. */
export interface StoredManifest {
  digest: string;
  /** As the registry says, which a manifest of the same bytes need not have everywhere. */
  mediaType: string;
  bytes: Uint8Array;
  document: ManifestDocument;
}

/** Image spec, "Image Configuration". Untrusted like everything else: use what has the type that is expected. */
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
