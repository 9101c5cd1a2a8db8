// The same registry as a container: for uploads of any size, and for clients that push to it by its own name. It scales to zero while
// there are no uploads.
import { stringMap } from 'types.bicep'

param name string
param location string
param tags stringMap
param image string
param imageRegistry string
param identityId string
param identityPrincipalId string
param settings stringMap
@description('Where uploads are sent; empty for the name of the container app.')
param uploadsLocation string
param workspaceId string
@description('Whether it can be reached from the virtual network only.')
param private bool
param subnetId string?
param networkId string?

var appName = 'ca-${take(name, 29)}'
var host = '${appName}.${environment.properties.defaultDomain}'
var address = 'https://${host}'
var acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

resource environment 'Microsoft.App/managedEnvironments@2025-07-01' = {
  name: 'cae-${name}'
  location: location
  tags: tags
  properties: {
    // Through Azure Monitor, which needs no key of the workspace.
    appLogsConfiguration: { destination: 'azure-monitor' }
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    vnetConfiguration: private ? { infrastructureSubnetId: subnetId, internal: true } : null
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
    peerTrafficConfiguration: { encryption: { enabled: true } }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: environment
  name: 'logs'
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'ContainerAppConsoleLogs', enabled: true }
      { category: 'ContainerAppSystemLogs', enabled: true }
    ]
  }
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = if (!empty(imageRegistry)) {
  name: imageRegistry
}

resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(imageRegistry)) {
  scope: registry
  name: guid(resourceGroup().id, imageRegistry, identityPrincipalId, acrPull)
  properties: {
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', acrPull)
  }
}

resource app 'Microsoft.App/containerApps@2025-07-01' = {
  name: appName
  location: location
  tags: tags
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    environmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      registries: empty(imageRegistry) ? [] : [{ server: registry!.properties.loginServer, identity: identityId }]
      // External means outside the environment: within the virtual network if the environment is internal.
      ingress: { external: true, targetPort: 8080, transport: 'auto', allowInsecure: false }
    }
    template: {
      // Uploads in progress are completed.
      terminationGracePeriodSeconds: 600
      containers: [
        {
          name: 'registry'
          image: image
          resources: { cpu: json('0.5'), memory: '1Gi' }
          env: concat(map(items(settings), setting => { name: setting.key, value: setting.value }), [
            { name: 'Registry__Uploads__Location', value: empty(uploadsLocation) ? address : uploadsLocation }
            { name: 'DOTNET_shutdownTimeoutSeconds', value: '590' }
            // The container can be reached through the ingress only, which states the client's address and scheme. So the audit log has
            // the addresses of clients, and clients get https addresses for tokens. The Functions worker does this automatically.
            { name: 'ASPNETCORE_FORWARDEDHEADERS_ENABLED', value: 'true' }
          ])
          probes: [
            { type: 'Liveness', httpGet: { path: '/healthz/live', port: 8080 }, periodSeconds: 10 }
            { type: 'Readiness', httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 30, timeoutSeconds: 10 }
            { type: 'Startup', httpGet: { path: '/healthz/live', port: 8080 }, periodSeconds: 1, failureThreshold: 60 }
          ]
        }
      ]
      // All uploads together use at most 20 MiB of memory.
      scale: {
        minReplicas: 0
        maxReplicas: 10
        rules: [{ name: 'http', http: { metadata: { concurrentRequests: '20' } } }]
      }
    }
  }
  dependsOn: [pull]
}

module zone 'uploadsZone.bicep' = if (private) {
  params: {
    name: name
    tags: tags
    domain: environment.properties.defaultDomain
    ip: environment.properties.staticIp
    networkId: networkId!
  }
}

output host string = app.properties.configuration.ingress.fqdn
output address string = address
