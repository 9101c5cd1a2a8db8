import type { Repository } from '../../api/repository.ts';
import type { StoredManifest } from '../../oci/types.ts';
import type { Sides } from './DifferenceTable.tsx';

/** Two manifests of a repository, and what the columns of their tables are called. */
export interface Comparison {
  repository: Repository;
  one: StoredManifest;
  other: StoredManifest;
  sides: Sides;
}
