import { FactList } from '../../components/FactList.tsx';
import { formatCount } from '../../format/formatters.ts';
import { PackageTable } from './PackageTable.tsx';
import type { Sbom } from './types.ts';

/** A software bill of materials of any format. */
export function SbomView({ sbom }: { sbom: Sbom }) {
  return (
    <>
      <FactList facts={[['Format', sbom.format], ...sbom.facts]} />
      {sbom.morePackages > 0 && <p class="problem">{formatCount(sbom.morePackages)} packages more are not listed.</p>}
      <PackageTable packages={sbom.packages} />
    </>
  );
}
