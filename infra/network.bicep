// Virtual network of a private registry. Peer it with the networks of your clients, and link the zones to those.
import { endpointPlace, stringMap } from 'types.bicep'

param name string
param location string
param tags stringMap

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.90.0.0/22'] }
    subnets: [
      {
        name: 'functions'
        properties: {
          addressPrefix: '10.90.0.0/24'
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'uploads'
        properties: {
          addressPrefix: '10.90.1.0/24'
          delegations: [{ name: 'containers', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: '10.90.2.0/24' }
      }
    ]
  }

  resource functionsSubnet 'subnets' existing = {
    name: 'functions'
  }
  resource uploadsSubnet 'subnets' existing = {
    name: 'uploads'
  }
  resource endpointsSubnet 'subnets' existing = {
    name: 'endpoints'
  }
}

var zoneNames = [
  'privatelink.blob.${environment().suffixes.storage}'
  'privatelink.table.${environment().suffixes.storage}'
  'privatelink.azurewebsites.net'
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zone in zoneNames: {
    name: zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zone, i) in zoneNames: {
    parent: zones[i]
    name: name
    location: 'global'
    tags: tags
    properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
  }
]

output id string = network.id
output functionsSubnetId string = network::functionsSubnet.id
output uploadsSubnetId string = network::uploadsSubnet.id
output endpoints endpointPlace = {
  subnetId: network::endpointsSubnet.id
  blobZoneId: zones[0].id
  tableZoneId: zones[1].id
  sitesZoneId: zones[2].id
}
