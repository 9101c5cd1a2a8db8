import { CopyableText } from '../../components/CopyableText.tsx';

/** For a registry without repositories, or without any that the caller may see. */
export function EmptyRegistry() {
  const { host, protocol } = location;
  const plain = protocol === 'http:' ? '--plain-http ' : '';
  return (
    <div class="raised">
      <p>There are no repositories that you may list. To push one:</p>
      <CopyableText label="line that makes a file" text="echo hello > hello.txt" />
      <CopyableText label="line that pushes it" text={`oras push ${plain}${host}/hello:v1 hello.txt`} />
      <p class="muted">
        Or an image: <code>docker push {host}/NAME:TAG</code>.
      </p>
    </div>
  );
}
