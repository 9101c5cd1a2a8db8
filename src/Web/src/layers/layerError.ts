/** A layer that is not what it should be, said for people. */
export class LayerError extends Error {}
