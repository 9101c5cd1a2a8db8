/** The common content of SBOM formats. */
export interface Sbom {
  /** Such as SPDX-2.3. */
  format: string;
  facts: [term: string, value: string | undefined][];
  packages: Package[];
  /** Packages beyond those that are listed. */
  morePackages: number;
}

export interface Package {
  name: string;
  version?: string;
  license?: string;
  /** Package URL. */
  purl?: string;
  supplier?: string;
}

/** Maximum number that is listed. */
export const maxPackages = 100_000;
