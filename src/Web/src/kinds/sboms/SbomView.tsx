import { Facts } from '../Facts.tsx';
import { formatCount } from '../../parts/format.ts';
import { PackageTable } from './PackageTable.tsx';
import type { Sbom } from './bill.ts';

/** A software bill of materials of any format. */
export function SbomView({ sbom }: { sbom: Sbom }) {
  return (
    <>
      <Facts of={[['Format', sbom.format], ...sbom.facts]} />
      {sbom.morePackages > 0 && <p class="problem">{formatCount(sbom.morePackages)} packages more are not listed.</p>}
      <PackageTable packages={sbom.packages} />
    </>
  );
}
