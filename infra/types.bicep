@export()
@description('Tags, and settings of the registry.')
type stringMap = {
  *: string
}

@export()
@description('Access of a person, group or pipeline to the stored data.')
type dataRole = {
  @description('Object id in Microsoft Entra ID.')
  principalId: string
  principalType: 'User' | 'Group' | 'ServicePrincipal'
  @description('A Reader can read the keys of upload sessions, too, and so add to those that are open.')
  role: 'Reader' | 'Contributor'
}

@export()
@description('A host name and its certificate. App Service must be allowed to read the vault (docs/deploy.md).')
type certificate = {
  host: string
  @description('Resource id of the Key Vault.')
  keyVaultId: string
  secretName: string
}

@export()
@description('Where private endpoints go, and the private DNS zones in which they are found.')
type endpointPlace = {
  subnetId: string
  blobZoneId: string
  tableZoneId: string
  sitesZoneId: string
}
