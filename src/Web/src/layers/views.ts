// What opens layers, in one file, as in kinds/viewers.ts.
export { Comparison } from './Comparison.tsx';
export { LayerView } from './LayerView.tsx';
export { MergedFiles } from './MergedFiles.tsx';
