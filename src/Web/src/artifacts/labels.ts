// Labels of media types that tools use. Lists show them when only a descriptor has been fetched.

import { emptyJson, helmConfig } from '../oci/mediaTypes.ts';

export const mediaTypes = {
  helmConfig,
  helmChart: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  simpleSigning: 'application/vnd.dev.cosign.simplesigning.v1+json',
  envelope: 'application/vnd.dsse.envelope.v1+json',
  statement: 'application/vnd.in-toto+json',
  empty: emptyJson,
};

/** The fallback. */
export const artifact = 'OCI artifact';
export const image = 'Container image';

const labels: Record<string, string> = {
  'application/vnd.oci.image.index.v1+json': 'Image index',
  'application/vnd.docker.distribution.manifest.list.v2+json': 'Image index',
  'application/vnd.oci.image.config.v1+json': image,
  'application/vnd.docker.container.image.v1+json': image,
  'application/vnd.docker.distribution.manifest.v2+json': image,
  'application/vnd.docker.plugin.v1+json': 'Docker plugin',
  [mediaTypes.helmConfig]: 'Helm chart',
  [mediaTypes.helmChart]: 'Helm chart',
  [mediaTypes.simpleSigning]: 'cosign signature',
  'application/vnd.dev.cosign.artifact.sig.v1+json': 'cosign signature',
  'application/vnd.cncf.notary.signature': 'notation signature',
  'application/vnd.cncf.notary.v2.signature': 'notation signature',
  [mediaTypes.envelope]: 'in-toto attestation',
  [mediaTypes.statement]: 'in-toto attestation',
  'application/vnd.in-toto.provenance+json': 'in-toto attestation',
  'application/spdx+json': 'SPDX SBOM',
  'text/spdx+json': 'SPDX SBOM',
  'text/spdx': 'SPDX SBOM',
  'application/spdx': 'SPDX SBOM',
  'application/vnd.cyclonedx+json': 'CycloneDX SBOM',
  'application/vnd.cyclonedx': 'CycloneDX SBOM',
  'application/vnd.cyclonedx+xml': 'CycloneDX SBOM',
  'application/vnd.syft+json': 'Syft SBOM',
  'application/wasm': 'WASM module',
  'application/vnd.wasm.config.v0+json': 'WASM component',
  'application/vnd.wasm.config.v1+json': 'WASM module',
  'application/vnd.wasm.content.layer.v1+wasm': 'WASM module',
  'application/vnd.module.wasm.content.layer.v1+wasm': 'WASM module',
  'application/vnd.fermyon.spin.application.v1+config': 'Spin application',
  'application/ebpf.oci.image.config.v1+json': 'eBPF program',
  'binary/ebpf.solo.io.v1': 'eBPF program',
  'application/vnd.oci.image.layer.v1.cosign.ebpf': 'eBPF program',
};

/** Types with versions or many variants, by prefix. */
const beginnings: [beginning: string, label: string][] = [
  ['application/vnd.dev.sigstore.bundle', 'Sigstore bundle'],
  ['application/ebpf.oci.image.program', 'eBPF program'],
  ['application/vnd.ebpf', 'eBPF program'],
  ['ebpf.solo.io.', 'eBPF program'],
  ['application/vnd.gadget', 'eBPF gadget'],
  ['application/vnd.wasm', 'WASM module'],
  ['application/vnd.cncf.flux.', 'Flux artifact'],
  ['application/vnd.cncf.openpolicyagent', 'Open Policy Agent bundle'],
  ['application/vnd.cncf.model.', 'Model'],
  ['application/vnd.docker.ai.', 'Model'],
  ['application/vnd.docker.compose', 'Compose application'],
];

/**
 * The label of an artifact, by what is known of it: its media type, artifact type, and the media type of its config.
 * Undefined if none is known; an unknown artifact type is labelled OCI artifact.
 */
export function labelOf(mediaType?: string, artifactType?: string, configMediaType?: string): string | undefined {
  for (const type of [artifactType, configMediaType, mediaType]) {
    if (type === undefined) continue;
    const label = Object.hasOwn(labels, type) ? labels[type] : beginnings.find(([beginning]) => type.startsWith(beginning))?.[1];
    if (label !== undefined) return label;
  }
  return artifactType !== undefined && artifactType !== mediaTypes.empty ? artifact : undefined;
}
