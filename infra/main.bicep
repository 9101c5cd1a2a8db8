// A registry in one resource group: storage, the Functions app, monitoring and, optionally, private networking and a container for
// large uploads.
targetScope = 'resourceGroup'

import { dataRole, certificate, policyDocument, stringMap } from 'types.bicep'

@description('Name of the registry: its host is <name>.azurewebsites.net, so it must be unused in all of Azure. Lowercase letters, digits and hyphens.')
@minLength(3)
@maxLength(32)
param name string

@description('Region of all resources.')
param location string = resourceGroup().location

@description('The policy: authentication, authorization, immutable tags and retention. Without rules, which is the default, all requests are denied.')
param policy policyDocument = { rules: [] }

@description('Memory of an instance of the Functions app in MB. Together with the upload container it determines the largest layer that can be pushed to the Functions app: output largestUpload.')
@allowed([512, 2048, 4096])
param instanceMemory int = 2048

@description('Maximum number of instances of the Functions app.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 100

@description('Redirect: clients fetch blobs from the storage account by a signed URL. Proxy: through the registry, for clients that cannot reach the storage account.')
@allowed(['Redirect', 'Proxy'])
param downloads string = 'Redirect'

@description('Whether content can be pushed; false makes a read-only replica, without the container.')
param allowPush bool = true

@description('Whether clients can delete manifests, tags and blobs.')
param allowDelete bool = true

@description('Private puts the registry and its storage behind private endpoints in a virtual network of its own; nothing can be reached from outside.')
@allowed(['Public', 'Private'])
param networkAccess string = 'Public'

@description('Redundancy of the storage account.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param redundancy string = 'Standard_ZRS'

@description('Days for which deleted objects can be undeleted; they are billed meanwhile.')
@minValue(1)
@maxValue(365)
param softDeleteDays int = 7

@description('Days for which deleted tags and manifests can be restored; 0 turns that off.')
@minValue(0)
@maxValue(365)
param deletedRetentionDays int = 7

@description('Image of src/Server, such as registry.example.com/registry-server:1.0.0: deploys the container for large uploads. Empty for none.')
param uploadsImage string = ''

@description('Name of the Azure Container Registry in this resource group that has that image, which is pulled with the identity of the registry; empty for a public image.')
param uploadsImageRegistry string = ''

@description('Host name of your own for the Functions app, with its certificate in a Key Vault. The CNAME record to <name>.azurewebsites.net and the TXT record asuid.<host> must exist beforehand.')
param customDomain certificate?

@description('Address of a proxy of your own for clients, such as https://registry.example.com: it sends /uploads/ to the container for large uploads and the rest to the Functions app. Empty for none.')
param publicUrl string = ''

@description('People and pipelines with direct access to the stored data, past the registry: for backups, for example.')
param dataAccess dataRole[] = []

@description('Email addresses that receive alerts.')
param alertEmails string[] = []

@description('Tags of all resources.')
param tags stringMap = {}

var private = networkAccess == 'Private'
var withContainer = !empty(uploadsImage) && allowPush
// A path on the name that clients call, since oras and helm do not follow uploads to another name.
var uploadsLocation = empty(publicUrl) ? '' : uri(publicUrl, 'uploads')
var token = uniqueString(resourceGroup().id, name)
// Storage accounts: 3 to 24 lowercase letters and digits.
var short = take(replace(name, '-', ''), 9)

// The HTTP trigger buffers a body with a Content-Length in memory, and a host whose memory is exhausted ends with all its requests.
// So these are fewer and smaller bodies than those that a host survived (docs/use/functions-or-container.md), and none is over the
// 210 MB that Azure accepts on any plan. With the upload container, large bodies are sent there, and an instance takes more requests
// at once instead.
var capacities = {
  alone: {
    '512': { requests: 2, body: 20 }
    '2048': { requests: 2, body: 100 }
    '4096': { requests: 3, body: 200 }
  }
  withContainer: {
    '512': { requests: 4, body: 10 }
    '2048': { requests: 12, body: 25 }
    '4096': { requests: 12, body: 50 }
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

// Shared by both hosts, which serve the same registry.
var settings = union(empty(publicUrl) ? {} : { Registry__PublicUrl: publicUrl }, {
  Registry__Storage__BlobUri: storage.outputs.blobUri
  Registry__Storage__TableUri: storage.outputs.tableUri
  Registry__Storage__ManagedIdentityClientId: identity.properties.clientId
  Registry__Policy: string(policy)
  Registry__AllowPush: string(allowPush)
  Registry__AllowDelete: string(allowDelete)
  Registry__RedirectDownloads: string(downloads == 'Redirect')
  Registry__Storage__DeletedRetention: '${deletedRetentionDays}.00:00:00'
  APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
})

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
    uploadsLocation: uploadsLocation
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
    settings: union(settings, withContainer
      ? { Registry__Uploads__Location: empty(uploadsLocation) ? uploads!.outputs.address : uploadsLocation }
      : {})
    instanceMemory: instanceMemory
    maximumInstances: maximumInstances
    requestsPerInstance: capacity.requests
    largestBody: capacity.body * 1024 * 1024
    customDomain: customDomain
    private: private
    subnetId: network.?outputs.functionsSubnetId
    endpoints: network.?outputs.endpoints
  }
}

@description('Host name of the registry, for clients.')
output registryHost string = functions.outputs.host

@description('Host name of the upload container: the same registry, for large layers of clients that do not follow uploads to another host (oras, helm); empty without the container.')
output uploadsHost string = uploads.?outputs.host ?? ''

@description('The largest layer that can be pushed to the Functions app in one request, in MiB.')
output largestUpload int = capacity.body

@description('Command to run after publishing the app (docs/use/deploy.md).')
output next string = 'curl -i https://${functions.outputs.host}/v2/   # 200, or 401 if the policy has robots or issuers'

output functionAppName string = functions.outputs.name
output storageAccountName string = storage.outputs.name
output identityName string = identity.name
