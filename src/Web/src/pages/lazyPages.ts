// All pages except the first, in one bundle: separate files would need more requests, and they share most of their code.
export { ManifestPage } from './manifest/ManifestPage.tsx';
export { RepositoryPage } from './repository/RepositoryPage.tsx';
export { UsagePage } from './usage/UsagePage.tsx';
