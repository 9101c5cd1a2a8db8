import type { Descriptor, ImageConfig } from './types.ts';

/** A step of the history of an image, with its layer. */
export interface Step {
  /** Undefined for a step that changed no files. */
  layer?: Descriptor;
  /** Index of the layer, from 0. */
  index?: number;
  created?: string;
  createdBy?: string;
  comment?: string;
}

/**
 * Image spec, config.md, "history": steps in order, of which each that is not an empty_layer made the next layer. Layers
 * without a step come last, and a step whose layer is missing counts as empty.
 */
export function stepsOf(layers: readonly Descriptor[], config: ImageConfig): Step[] {
  let next = 0;
  const steps: Step[] = (config.history ?? []).map((entry) => {
    const index = entry.empty_layer || next >= layers.length ? undefined : next++;
    return {
      ...(index !== undefined && { layer: layers[index]!, index }),
      ...(entry.created !== undefined && { created: entry.created }),
      ...(entry.created_by !== undefined && { createdBy: entry.created_by }),
      ...(entry.comment !== undefined && { comment: entry.comment }),
    };
  });
  for (; next < layers.length; next++) steps.push({ layer: layers[next]!, index: next });
  return steps;
}
