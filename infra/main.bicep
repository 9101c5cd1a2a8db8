// A whole registry in one resource group: storage, the Functions app, what watches it and, if asked for, private networking and a container that takes large uploads.
targetScope = 'resourceGroup'

import { dataRole, certificate, policyDocument, stringMap } from 'types.bicep'

@description('Name of the registry: its host is <name>.azurewebsites.net, so nobody else may have it. Lowercase letters, digits and hyphens.')
@minLength(3)
@maxLength(32)
param name string

@description('Where everything lies.')
param location string = resourceGroup().location

@description('Who may do what. The default has no rules, so nobody may do anything: the registry is never open by default.')
param policy policyDocument = { rules: [] }

@description('Memory of an instance of the Functions app in MB. Together with the upload container it decides how large a layer may be that is pushed to the Functions app: output largestUpload.')
@allowed([512, 2048, 4096])
param instanceMemory int = 2048

@description('The most instances of the Functions app.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 100

@description('Whether clients fetch blobs from the storage account by a signed address (Redirect), or through the registry (Proxy), for clients that cannot reach the storage account.')
@allowed(['Redirect', 'Proxy'])
param downloads string = 'Redirect'

@description('Whether content may be pushed; false makes a read-only replica, without the container.')
param allowPush bool = true

@description('Whether manifests, tags and blobs may be deleted.')
param allowDelete bool = true

@description('Private puts the registry and its storage behind private endpoints of a virtual network of its own; nothing of it is reachable from outside.')
@allowed(['Public', 'Private'])
param networkAccess string = 'Public'

@description('How the data is replicated.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param redundancy string = 'Standard_ZRS'

@description('Days for which deleted objects can be brought back; they are billed meanwhile.')
@minValue(1)
@maxValue(365)
param softDeleteDays int = 7

@description('Days for which deleted tags and manifests can be restored; 0 for not at all.')
@minValue(0)
@maxValue(365)
param deletedRetentionDays int = 7

@description('Image of src/Server, such as registry.example.com/registry-server:1.0.0: turns on the container that takes large uploads. Empty for none.')
param uploadsImage string = ''

@description('Name of an Azure Container Registry in this resource group that holds that image, to be read with the identity of the registry; empty for an image that anyone may pull.')
param uploadsImageRegistry string = ''

@description('Host name of your own for the Functions app, with its certificate in a Key Vault. A CNAME record to <name>.azurewebsites.net and the TXT record asuid.<host> must be there before.')
param customDomain certificate?

@description('People and pipelines that may read or write the stored data itself, past the registry: for backups and the like.')
param dataAccess dataRole[] = []

@description('Who is told by mail when something is wrong.')
param alertEmails string[] = []

@description('Tags of all resources.')
param tags stringMap = {}

var private = networkAccess == 'Private'
var withContainer = !empty(uploadsImage) && allowPush
var token = uniqueString(resourceGroup().id, name)
// Storage accounts: 3 to 24 lowercase letters and digits.
var short = take(replace(name, '-', ''), 9)

// The HTTP trigger reads a body that has a Content-Length whole into memory, at about four times its size. So on an instance
// requests x 4 x largest body must fit beside host and worker (about 300 MB). With the upload container large bodies go there, and
// an instance takes more requests at once in their place.
var capacities = {
  alone: {
    '512': { requests: 2, body: 24 }
    '2048': { requests: 4, body: 100 }
    '4096': { requests: 4, body: 225 }
  }
  withContainer: {
    '512': { requests: 4, body: 12 }
    '2048': { requests: 16, body: 25 }
    '4096': { requests: 16, body: 56 }
  }
}
var capacity = capacities[withContainer ? 'withContainer' : 'alone'][string(instanceMemory)]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}'
  location: location
  tags: tags
}

module network 'network.bicep' = if (private) {
  params: { name: name, location: location, tags: tags }
}

module storage 'storage.bicep' = {
  params: {
    name: 'st${short}${token}'
    location: location
    tags: tags
    redundancy: redundancy
    softDeleteDays: softDeleteDays
    registryPrincipalId: identity.properties.principalId
    dataAccess: dataAccess
    private: private
    endpoints: network.?outputs.endpoints
  }
}

module monitoring 'monitoring.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    registryPrincipalId: identity.properties.principalId
    storageAccountId: storage.outputs.id
    alertEmails: alertEmails
  }
}

// One list for both hosts, which are the same registry.
var settings = {
  Registry__Storage__BlobUri: storage.outputs.blobUri
  Registry__Storage__TableUri: storage.outputs.tableUri
  Registry__Storage__ManagedIdentityClientId: identity.properties.clientId
  Registry__Policy: string(policy)
  Registry__RedirectDownloads: string(downloads == 'Redirect')
  Registry__Storage__DeletedRetention: '${deletedRetentionDays}.00:00:00'
  APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
}

module uploads 'uploads.bicep' = if (withContainer) {
  params: {
    name: name
    location: location
    tags: tags
    image: uploadsImage
    imageRegistry: uploadsImageRegistry
    identityId: identity.id
    identityPrincipalId: identity.properties.principalId
    settings: settings
    workspaceId: monitoring.outputs.workspaceId
    private: private
    subnetId: network.?outputs.uploadsSubnetId
    networkId: network.?outputs.id
  }
}

module functions 'functions.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    storageName: 'fn${short}${token}'
    identityId: identity.id
    identityClientId: identity.properties.clientId
    identityPrincipalId: identity.properties.principalId
    settings: union(settings, withContainer ? { Registry__Uploads__Location: uploads!.outputs.address } : {})
    instanceMemory: instanceMemory
    maximumInstances: maximumInstances
    requestsPerInstance: capacity.requests
    largestBody: capacity.body * 1024 * 1024
    allowPush: allowPush
    allowDelete: allowDelete
    customDomain: customDomain
    private: private
    subnetId: network.?outputs.functionsSubnetId
    endpoints: network.?outputs.endpoints
  }
}

@description('What clients call the registry.')
output registryHost string = functions.outputs.host

@description('The same registry for large layers of clients that do not follow uploads to another host (oras, helm); empty without the upload container.')
output uploadsHost string = uploads.?outputs.host ?? ''

@description('The largest layer that can be pushed to the Functions app in one request, in MiB.')
output largestUpload int = capacity.body

@description('What to type next, once the app is published (docs/use/deploy.md).')
output next string = 'curl -i https://${functions.outputs.host}/v2/   # 200, or 401 where the policy has somebody to log in as'

output functionAppName string = functions.outputs.name
output storageAccountName string = storage.outputs.name
output identityName string = identity.name
