// All code that opens layers, in one bundle, as in artifacts/lazyViewers.ts.
export { Comparison } from './compare/Comparison.tsx';
export { LayerView } from './LayerView.tsx';
export { ImageFiles } from './ImageFiles.tsx';
