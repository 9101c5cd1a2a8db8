// The storage account of a registry: what the code calls its tables and containers (src/Registry/Storage/Layout.cs).
@description('Name of the storage account: 3 to 24 lowercase letters and digits.')
@minLength(3)
@maxLength(24)
param name string

@description('Where it lies.')
param location string = resourceGroup().location

@description('How its data is replicated.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param redundancy string = 'Standard_ZRS'

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  kind: 'StorageV2'
  sku: { name: redundancy }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = [
  for container in ['blobs', 'uploads']: {
    parent: blobs
    name: container
  }
]

resource tables 'Microsoft.Storage/storageAccounts/tableServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2023-05-01' = [
  for table in ['repositories', 'digests', 'catalog']: {
    parent: tables
    name: table
  }
]

@description('Setting Registry:Storage:BlobUri.')
output blobUri string = account.properties.primaryEndpoints.blob

@description('Setting Registry:Storage:TableUri.')
output tableUri string = account.properties.primaryEndpoints.table
