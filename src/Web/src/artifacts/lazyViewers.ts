// All viewers without a library of their own, in one bundle: on Functions each file that a browser requests is an execution.
export { BlobView } from './BlobView.tsx';
export { ContentsViewer } from './ContentsViewer.tsx';
export { JsonDocument } from './JsonDocument.tsx';
export { ElfView } from './programs/ElfView.tsx';
export { WasmView } from './programs/WasmView.tsx';
export { BundleView } from './signatures/BundleView.tsx';
export { EnvelopeView } from './signatures/EnvelopeView.tsx';
export { NotationView } from './signatures/NotationView.tsx';
export { SimpleSigningView } from './signatures/SimpleSigningView.tsx';
