// The storage account of the registry: it contains nothing else, and apart from dataAccess only the registry's identity has access.
import { dataRole, endpointPlace, stringMap } from 'types.bicep'

param name string
param location string
param tags stringMap
param redundancy string
param softDeleteDays int
param registryPrincipalId string
param dataAccess dataRole[]
@description('Whether the account can be reached from the virtual network only.')
param private bool
@description('Place of its private endpoints, if private.')
param endpoints endpointPlace?

// The names that the code uses (src/Registry/Storage/Layout.cs); a test compares the two lists.
var containerNames = ['blobs', 'uploads']
var tableNames = ['repositories', 'digests', 'catalog', 'access']

// Table access contains the keys of tokens, with which any token can be forged, so Readers have no access to it.
var tablesForReaders = filter(tableNames, table => table != 'access')
var readersOfTables = flatten(map(
  filter(dataAccess, access => access.role == 'Reader'),
  access => map(tablesForReaders, table => { table: table, principalId: access.principalId, principalType: access.principalType })
))

// Built-in roles of Azure.
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var blobDataReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
var blobDelegator = 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var tableDataReader = '76199698-9eea-4c19-bc75-cec21354c6b6'

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: redundancy }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    networkAcls: { bypass: 'None', defaultAction: private ? 'Deny' : 'Allow' }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: softDeleteDays }
    containerDeleteRetentionPolicy: { enabled: true, days: softDeleteDays }
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [
  for container in containerNames: {
    parent: blobs
    name: container
    properties: { publicAccess: 'None' }
  }
]

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' = [
  for table in tableNames: {
    parent: tableService
    name: table
  }
]

// Deletes staged uploads that were never finished. An upload session expires after half a day without a request, so nothing here is
// needed after some days. Container blobs must not have such a rule: only the registry knows what is referenced.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'stale-uploads'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['uploads/'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 7 } } }
          }
        }
      ]
    }
  }
}

resource registryOnContainers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (container, i) in containerNames: {
    scope: containers[i]
    name: guid(account.id, container, registryPrincipalId, blobDataContributor)
    properties: {
      principalId: registryPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
    }
  }
]

// On the account, which has no other tables: it is not documented whether a role on single tables covers transactions, which are sent to
// the account.
resource registryOnTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, registryPrincipalId, tableDataContributor)
  properties: {
    principalId: registryPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataContributor)
  }
}

// Signs the URLs of redirected downloads; Azure grants this right on whole accounts only.
resource registrySigns 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, registryPrincipalId, blobDelegator)
  properties: {
    principalId: registryPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDelegator)
  }
}

resource othersOnBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for access in dataAccess: {
    scope: account
    name: guid(account.id, access.principalId, access.role, 'blobs')
    properties: {
      principalId: access.principalId
      principalType: access.principalType
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        access.role == 'Contributor' ? blobDataContributor : blobDataReader
      )
    }
  }
]

resource readersOnTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for reader in readersOfTables: {
    scope: tables[indexOf(tableNames, reader.table)]
    name: guid(account.id, reader.principalId, reader.table, tableDataReader)
    properties: {
      principalId: reader.principalId
      principalType: reader.principalType
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataReader)
    }
  }
]

resource contributorsOnTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for access in filter(dataAccess, access => access.role == 'Contributor'): {
    scope: account
    name: guid(account.id, access.principalId, access.role, 'tables')
    properties: {
      principalId: access.principalId
      principalType: access.principalType
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataContributor)
    }
  }
]

module blobEndpoint 'endpoint.bicep' = if (private) {
  params: {
    name: '${name}-blob'
    location: location
    tags: tags
    targetId: account.id
    group: 'blob'
    subnetId: endpoints!.subnetId
    zoneId: endpoints!.blobZoneId
  }
}

module tableEndpoint 'endpoint.bicep' = if (private) {
  params: {
    name: '${name}-table'
    location: location
    tags: tags
    targetId: account.id
    group: 'table'
    subnetId: endpoints!.subnetId
    zoneId: endpoints!.tableZoneId
  }
}

output id string = account.id
output name string = account.name
@description('Setting Registry:Storage:BlobUri.')
output blobUri string = account.properties.primaryEndpoints.blob
@description('Setting Registry:Storage:TableUri.')
output tableUri string = account.properties.primaryEndpoints.table
