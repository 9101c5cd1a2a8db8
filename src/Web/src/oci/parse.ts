import { isDigest } from './names.ts';
import { count, flag, list, members, parsed, text, texts } from './untrustedJson.ts';
import type { Descriptor, ImageConfig, ManifestDocument, Platform } from './types.ts';

/** Undefined without a valid digest; an invalid size counts as 0, an invalid media type as empty. */
export function parseDescriptor(value: unknown): Descriptor | undefined {
  const of = members(value);
  const digest = text(of.digest);
  if (digest === undefined || !isDigest(digest)) return undefined;
  return defined({
    mediaType: text(of.mediaType) ?? '',
    digest,
    size: count(of.size) ?? 0,
    artifactType: text(of.artifactType),
    annotations: texts(of.annotations),
    platform: parsePlatform(of.platform),
    urls: list(of.urls, text),
  });
}

function parsePlatform(value: unknown): Platform | undefined {
  const of = members(value);
  const [architecture, os] = [text(of.architecture), text(of.os)];
  if (architecture === undefined || os === undefined) return undefined;
  return defined({ architecture, os, variant: text(of.variant), 'os.version': text(of['os.version']) });
}

/** An image manifest or an index; an empty document for anything else. */
export function parseManifest(bytes: Uint8Array): ManifestDocument {
  const of = members(parsed(bytes));
  return defined({
    mediaType: text(of.mediaType),
    artifactType: text(of.artifactType),
    config: parseDescriptor(of.config),
    // The artifact manifest, which the image spec withdrew before 1.1, has its layers under another name.
    layers: list(of.layers, parseDescriptor) ?? list(of.blobs, parseDescriptor),
    manifests: list(of.manifests, parseDescriptor),
    subject: parseDescriptor(of.subject),
    annotations: texts(of.annotations),
  });
}

export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const of = members(parsed(bytes));
  const config = members(of.config);
  const rootfs = members(of.rootfs);
  return defined({
    created: text(of.created),
    author: text(of.author),
    architecture: text(of.architecture),
    os: text(of.os),
    variant: text(of.variant),
    config: defined({
      User: text(config.User),
      ExposedPorts: { ...members(config.ExposedPorts) },
      Env: list(config.Env, text),
      Entrypoint: list(config.Entrypoint, text),
      Cmd: list(config.Cmd, text),
      Volumes: { ...members(config.Volumes) },
      WorkingDir: text(config.WorkingDir),
      Labels: texts(config.Labels),
      StopSignal: text(config.StopSignal),
    }),
    rootfs: defined({ type: text(rootfs.type), diff_ids: list(rootfs.diff_ids, text) }),
    history: list(of.history, (step) => {
      const one = members(step);
      return defined({
        created: text(one.created),
        created_by: text(one.created_by),
        author: text(one.author),
        comment: text(one.comment),
        empty_layer: flag(one.empty_layer) || undefined,
      });
    }),
  });
}

/** Removes undefined members. */
function defined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
