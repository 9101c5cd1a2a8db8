import { useRef, useState } from 'preact/hooks';
import { wrongSize } from '../../api/content.ts';
import type { RemoteRepository } from '../../api/remoteRepository.ts';
import { truncateText } from '../../format/invisibleCharacters.ts';
import { isManifest } from '../../oci/mediaTypes.ts';
import { sizeOf } from '../../oci/sizes.ts';
import type { Descriptor, StoredManifest } from '../../oci/types.ts';
import { ProportionBar } from '../../components/ProportionBar.tsx';
import { Digest } from '../../components/Digest.tsx';
import { formatBytes, formatCount, formatPlatform } from '../../format/formatters.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { blobPath, manifestPath } from '../../routing/paths.ts';
import { manifestName, typeName } from '../../format/typeName.ts';
import { useInView } from '../../hooks/useInView.ts';

/** Limits: members of a manifest that are shown, and depth of nested indexes. Digests prevent cycles, but not depth. */
const maxShown = 200;
const maxDepth = 8;
/** Characters of a media type. */
const maxType = 200;

interface TreeProps {
  repository: RemoteRepository;
  manifest: StoredManifest;
  depth: number;
}

/** What a manifest references, as a tree. */
export function ManifestTree({ repository, manifest, depth }: TreeProps) {
  const { config, layers = [], manifests = [] } = manifest.document;
  const parts = [
    ...(config ? [{ role: 'Config', descriptor: config }] : []),
    ...layers.map((descriptor, i) => ({ role: `Layer ${i + 1}`, descriptor })),
    ...manifests.map((descriptor) => ({ role: roleOf(descriptor), descriptor })),
  ];
  const shown = parts.slice(0, maxShown);
  const most = Math.max(1, ...shown.map(({ descriptor }) => descriptor.size));
  return (
    <>
      <ul class="members">
        {shown.map(({ role, descriptor }, i) => (
          <li key={i}>
            {manifests.includes(descriptor) && isManifest(descriptor.mediaType) && depth < maxDepth ? (
              <Branch repository={repository} descriptor={descriptor} role={role} depth={depth} />
            ) : (
              <Leaf
                role={role}
                descriptor={descriptor}
                most={most}
                href={
                  manifests.includes(descriptor)
                    ? manifestPath(repository.name, descriptor.digest)
                    : blobPath(repository.name, manifest.digest, descriptor.digest)
                }
              />
            )}
          </li>
        ))}
      </ul>
      {parts.length > maxShown && <p class="muted">{formatCount(parts.length - maxShown)} more are not shown here; see the JSON.</p>}
    </>
  );
}

function Leaf({ role, descriptor, most, href }: { role: string; descriptor: Descriptor; most: number; href: string }) {
  return (
    <div class="leaf">
      <a href={href}>{role}</a>
      <span class="type">
        {role === 'Config' ? truncateText(descriptor.mediaType, maxType) : typeName(descriptor.mediaType, descriptor.artifactType)}
      </span>
      <Digest digest={descriptor.digest} />
      <span class="number">{formatBytes(descriptor.size)}</span>
      <ProportionBar fraction={descriptor.size / most} />
    </div>
  );
}

/** A manifest of an index, whose members are loaded on demand. */
function Branch({
  repository,
  descriptor,
  role,
  depth,
}: {
  repository: RemoteRepository;
  descriptor: Descriptor;
  role: string;
  depth: number;
}) {
  const [open, setOpen] = useState(false);
  const line = useRef<HTMLDivElement>(null);
  const seen = useInView(line);
  const load = useLoad(
    async (signal) => (seen ? repository.manifest(descriptor.digest, signal, true) : undefined),
    [seen, descriptor.digest],
  );
  const found = load.value;
  return (
    <>
      <div class="leaf" ref={line}>
        <span>
          <button type="button" class="fold" aria-expanded={open} aria-label={`What ${role} names`} onClick={() => setOpen(!open)} />
          <a href={manifestPath(repository.name, descriptor.digest)}>{role}</a>
        </span>
        <span class="type">{found === undefined ? typeName(descriptor.mediaType, descriptor.artifactType) : manifestName(found)}</span>
        <Digest digest={descriptor.digest} />
        <span class="number">
          {load.error ? <span class="problem">not there</span> : found === undefined ? '…' : formatBytes(sizeOf(found))}
        </span>
      </div>
      {found !== undefined && found.bytes.length !== descriptor.size && (
        <p class="problem">{wrongSize(descriptor.size, found.bytes.length)}</p>
      )}
      {open && (
        <Loaded state={load} what="the manifest">
          {(manifest) => manifest && <ManifestTree repository={repository} manifest={manifest} depth={depth + 1} />}
        </Loaded>
      )}
    </>
  );
}

/** BuildKit, "Attestation storage": a manifest in the index without a platform, which names its subject. */
function roleOf({ platform, annotations }: Descriptor): string {
  if (annotations?.['vnd.docker.reference.type'] === 'attestation-manifest') return 'Attestation';
  return platform === undefined ? 'Manifest' : formatPlatform(platform);
}
