// The Functions app on Flex Consumption, and the small storage account that the Functions host needs for the app's package and its leases.
import { certificate, endpointPlace, stringMap } from 'types.bicep'

param name string
param location string
param tags stringMap
param storageName string
param identityId string
param identityClientId string
param identityPrincipalId string
@description('Settings of the registry; those of the Functions host are added here.')
param settings stringMap
param instanceMemory int
param maximumInstances int
@description('Maximum number of concurrent requests of an instance.')
param requestsPerInstance int
@description('Largest request body in bytes.')
param largestBody int
param customDomain certificate?
@description('Whether the app and its storage can be reached from the virtual network only.')
param private bool
param subnetId string?
@description('Place of the private endpoints, if private.')
param endpoints endpointPlace?

var packageContainer = 'app-package'

// Built-in role of Azure, which Microsoft requires for the storage of a Functions host.
var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: storageName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    networkAcls: { bypass: 'None', defaultAction: private ? 'Deny' : 'Allow' }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource package 'containers' = {
      name: packageContainer
      properties: { publicAccess: 'None' }
    }
  }
}

resource hostOwnsItsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hostStorage
  name: guid(hostStorage.id, identityPrincipalId, blobDataOwner)
  properties: {
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataOwner)
  }
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  // By this tag azd finds the app to which the service of azure.yaml is deployed.
  tags: union(tags, { 'azd-service-name': 'registry' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    virtualNetworkSubnetId: subnetId
    // Flex Consumption supports only certificates that belong to the app itself. Azure accepts the property for new apps only, so it
    // is set without a custom domain as well. Bicep does not have the property yet.
    #disable-next-line BCP037
    siteScopedCertificatesEnabled: true
    siteConfig: { minTlsVersion: '1.2', scmMinTlsVersion: '1.2', ftpsState: 'Disabled', http20Enabled: true }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemory
        maximumInstanceCount: maximumInstances
        triggers: { http: { perInstanceConcurrency: requestsPerInstance } }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
    }
  }
  // Needed for the first start of the app.
  dependsOn: [hostOwnsItsBlobs, blobEndpoint]

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(settings, {
      AzureWebJobsStorage__accountName: hostStorage.name
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identityClientId
      AzureWebJobsDisableHomepage: 'true'
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identityClientId}'
      FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: string(largestBody)
    })
  }

  // Publishing uses Entra ID, not passwords of the app.
  resource noFtpPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }
  resource noPublishingPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

resource hostCertificate 'Microsoft.Web/sites/certificates@2025-03-01' = if (customDomain != null) {
  parent: app
  name: replace(customDomain.?host ?? 'none', '.', '-')
  location: location
  tags: tags
  properties: {
    keyVaultId: customDomain!.keyVaultId
    keyVaultSecretName: customDomain!.secretName
  }
}

resource hostName 'Microsoft.Web/sites/hostNameBindings@2025-03-01' = if (customDomain != null) {
  parent: app
  name: customDomain.?host ?? 'none'
  properties: {
    customHostNameDnsRecordType: 'CName'
    hostNameType: 'Verified'
    sslState: 'SniEnabled'
    thumbprint: hostCertificate!.properties.thumbprint
  }
}

module blobEndpoint 'endpoint.bicep' = if (private) {
  params: {
    name: '${storageName}-blob'
    location: location
    tags: tags
    targetId: hostStorage.id
    group: 'blob'
    subnetId: endpoints!.subnetId
    zoneId: endpoints!.blobZoneId
  }
}

module appEndpoint 'endpoint.bicep' = if (private) {
  params: {
    name: '${name}-sites'
    location: location
    tags: tags
    targetId: app.id
    group: 'sites'
    subnetId: endpoints!.subnetId
    zoneId: endpoints!.sitesZoneId
  }
}

output name string = app.name
output host string = customDomain.?host ?? app.properties.defaultHostName
