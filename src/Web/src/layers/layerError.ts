/** A problem with a layer. The message is for users. */
export class LayerError extends Error {}
