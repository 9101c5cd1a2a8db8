import { LayerError } from '../../layerError.ts';

export const damaged = (): LayerError => new LayerError('The zstd data is damaged.');
export const truncated = (): LayerError => new LayerError('The zstd data ends too early.');
