import { registry } from '../../api/registry.ts';
import { CopyableText } from '../../components/CopyableText.tsx';
import { formatBytes } from '../../format/formatters.ts';
import { useLoad } from '../../hooks/useLoad.ts';

/** For a registry without repositories, or without any that the caller may see. */
export function EmptyRegistry() {
  const { host, protocol } = location;
  const { value: limit } = useLoad((signal) => registry.uploadLimit(signal), []);
  const plain = protocol === 'http:' ? '--plain-http ' : '';
  return (
    <div class="raised">
      <p>There are no repositories that you may list. To push one:</p>
      <CopyableText label="line that makes a file" text="echo hello > hello.txt" />
      <CopyableText label="line that pushes it" text={`oras push ${plain}${host}/hello:v1 hello.txt`} />
      <p class="muted">
        Or an image: <code>docker push {host}/NAME:TAG</code>.
      </p>
      {limit !== undefined && (
        <p class="muted">
          A layer must fit into one request of {formatBytes(limit)}. A push of a larger one ends with <code>broken pipe</code> (oras) or
          status 500 (crane, skopeo): use the registry’s upload host, or ask its operator for one.
        </p>
      )}
    </div>
  );
}
