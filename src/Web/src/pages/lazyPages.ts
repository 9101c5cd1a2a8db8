// The pages behind the first, in one file: each file of its own would be one more request, and they share most of what they need.
export { ManifestPage } from './manifest/ManifestPage.tsx';
export { RepositoryPage } from './repository/RepositoryPage.tsx';
export { UsagePage } from './usage/UsagePage.tsx';
