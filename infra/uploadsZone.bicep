// Private DNS zone that resolves the name of an internal environment of container apps, which Azure chooses, in the virtual network.
import { stringMap } from 'types.bicep'
param name string
param tags stringMap
param domain string
param ip string
param networkId string

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: domain
  location: 'global'
  tags: tags

  resource record 'A' = {
    name: '*'
    properties: { ttl: 300, aRecords: [{ ipv4Address: ip }] }
  }

  resource link 'virtualNetworkLinks' = {
    name: name
    location: 'global'
    tags: tags
    properties: { registrationEnabled: false, virtualNetwork: { id: networkId } }
  }
}
