import { Fragment, type ComponentChildren } from 'preact';
import type { Repository } from '../../api/repository.ts';
import { truncateText } from '../../format/invisibleCharacters.ts';
import { parseImageConfig } from '../../oci/parse.ts';
import type { Descriptor, ImageConfig, StoredManifest } from '../../oci/types.ts';
import { Age } from '../../components/Age.tsx';
import { formatPlatform } from '../../format/formatters.ts';
import { Loaded } from '../../components/Loaded.tsx';
import { useLoad } from '../../hooks/useLoad.ts';
import { Annotations } from './Annotations.tsx';
import { ImageHistory } from './ImageHistory.tsx';

/** Limit in bytes: real configs have some kilobytes. */
const maxConfig = 4 * 1024 * 1024;
const maxListed = 200;

/** The config of a container image: runtime settings and history. */
export function ImageConfigView({
  repository,
  manifest,
  config,
}: {
  repository: Repository;
  manifest: StoredManifest;
  config: Descriptor;
}) {
  const load = useLoad(async (signal) => parseImageConfig(await repository.blob(config).bytes(maxConfig, signal)), [config.digest]);
  return (
    <Loaded state={load} what="the config">
      {(image) => (
        <>
          <section aria-labelledby="config">
            <h2 id="config">Config</h2>
            <ConfigFacts image={image} />
          </section>
          <Annotations annotations={image.config?.Labels} title="Labels" />
          <ImageHistory repository={repository} manifest={manifest} image={image} />
        </>
      )}
    </Loaded>
  );
}

/** Characters of a value. */
const maxValue = 4000;
const shown = (text: string): string => truncateText(text, maxValue);

function ConfigFacts({ image }: { image: ImageConfig }) {
  const { config = {}, os, architecture, variant, created, author } = image;
  const words = (list: string[] | undefined) =>
    list &&
    list.length > 0 &&
    list.slice(0, maxListed).map((word, i) => (
      <Fragment key={i}>
        <code class="word">{shown(word)}</code>{' '}
      </Fragment>
    ));
  const keys = (of: Record<string, unknown> | undefined) => words(Object.keys(of ?? {}));
  const rows: [string, ComponentChildren][] = [
    ['Platform', os && architecture && formatPlatform({ os, architecture, ...(variant && { variant }) })],
    ['Created', created && <Age time={new Date(created)} />],
    ['Author', author && shown(author)],
    ['Entrypoint', words(config.Entrypoint)],
    ['Command', words(config.Cmd)],
    ['User', config.User && <code>{shown(config.User)}</code>],
    ['Working folder', config.WorkingDir && <code>{shown(config.WorkingDir)}</code>],
    [
      'Environment',
      config.Env && config.Env.length > 0 && (
        <ul class="plain">
          {config.Env.slice(0, maxListed).map((line, i) => (
            <li key={i}>
              <code class="break">{shown(line)}</code>
            </li>
          ))}
        </ul>
      ),
    ],
    ['Ports', keys(config.ExposedPorts)],
    ['Volumes', keys(config.Volumes)],
    ['Stop signal', config.StopSignal && <code>{shown(config.StopSignal)}</code>],
  ];
  return (
    <dl class="facts">
      {rows.map(
        ([name, value]) =>
          value && (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd class="asis">{value}</dd>
            </Fragment>
          ),
      )}
    </dl>
  );
}
