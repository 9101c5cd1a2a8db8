import type { Repository } from '../../api/repository.ts';
import { parseJson } from '../../artifacts/decoding/json.ts';
import { isImageConfig } from '../../oci/mediaTypes.ts';
import type { Descriptor } from '../../oci/types.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import type { Comparison } from './comparison.ts';
import { configFacts } from './configFacts.ts';
import { DifferenceTable } from './DifferenceTable.tsx';
import { pairUp } from './differences.ts';

const maxConfig = 8 * 1024 * 1024;
/** The configs of two manifests: of images field by field, of other artifacts by digest. */
export function ConfigDifferences({ repository, one, other, sides }: Comparison) {
  const load = useLoad(
    async (signal) => {
      const [before, after] = await Promise.all([
        factsOf(repository, one.document.config, signal),
        factsOf(repository, other.document.config, signal),
      ]);
      return pairUp(before, after);
    },
    [repository.name, one.digest, other.digest],
  );
  return (
    <Loaded state={load} what="the configs">
      {(differences) => <DifferenceTable differences={differences} what="Config" sides={sides} />}
    </Loaded>
  );
}

async function factsOf(repository: Repository, config: Descriptor | undefined, signal: AbortSignal): Promise<Map<string, string>> {
  if (!config) return new Map();
  if (isImageConfig(config.mediaType)) return configFacts(parseJson(await repository.blob(config).bytes(maxConfig, signal)));
  return new Map([
    ['Media type', config.mediaType],
    ['Digest', config.digest],
    ['Size', String(config.size)],
  ]);
}
