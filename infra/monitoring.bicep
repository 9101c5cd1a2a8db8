// Monitoring: Application Insights, written to without keys, and alerts.
import { stringMap } from 'types.bicep'

param name string
param location string
param tags stringMap
param registryPrincipalId string
param storageAccountId string
param alertEmails string[]

var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: { retentionInDays: 30, sku: { name: 'PerGB2018' }, features: { disableLocalAuth: true } }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: { Application_Type: 'web', WorkspaceResourceId: workspace.id, DisableLocalAuth: true }
}

resource registryPublishes 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, registryPrincipalId, monitoringMetricsPublisher)
  properties: {
    principalId: registryPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
  }
}

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmails)) {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: take(name, 12)
    emailReceivers: [for email in alertEmails: { name: email, emailAddress: email, useCommonAlertSchema: true }]
  }
}

var queries = [
  {
    name: 'failures'
    description: 'More than 1 % of the requests within 15 minutes failed with 5xx.'
    // A share of few requests means nothing. A row stands for ItemCount requests, because Application Insights samples.
    query: 'AppRequests | summarize Value = 100.0 * sumif(ItemCount, toint(ResultCode) >= 500) / sum(ItemCount), Total = sum(ItemCount) | where Total >= 50 | project Value'
    threshold: 1
  }
  {
    name: 'latency'
    description: 'The 95th percentile of pulls of manifests, tags and referrers within 15 minutes was over two seconds.'
    // Without blobs, whose duration depends on their size.
    query: 'AppRequests | where Name == "pull" or Name startswith "GET" or Name startswith "HEAD" | where Url !contains "/blobs/" | summarize Value = percentilew(DurationMs, ItemCount, 95), Total = sum(ItemCount) | where Total >= 50 | project Value'
    threshold: 2000
  }
]

resource queryAlerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in queries: {
    name: '${alert.name}-${name}'
    location: location
    tags: tags
    properties: {
      displayName: '${name}: ${alert.name}'
      description: alert.description
      severity: 2
      enabled: true
      scopes: [workspace.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      // A new workspace does not have the table yet.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: alert.query
            metricMeasureColumn: 'Value'
            timeAggregation: 'Maximum'
            operator: 'GreaterThan'
            threshold: alert.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: empty(alertEmails) ? [] : [mail.id] }
    }
  }
]

resource throttling 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'throttling-${name}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The storage account throttles requests; clients get 429 and retry.'
    severity: 2
    enabled: true
    scopes: [storageAccountId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'throttled'
          metricNamespace: 'Microsoft.Storage/storageAccounts'
          metricName: 'Transactions'
          dimensions: [
            {
              name: 'ResponseType'
              operator: 'Include'
              values: [
                'ServerBusyError'
                'ClientThrottlingError'
                'ClientAccountBandwidthThrottlingError'
                'ClientAccountRequestThrottlingError'
              ]
            }
          ]
          operator: 'GreaterThan'
          threshold: 10
          timeAggregation: 'Total'
        }
      ]
    }
    actions: empty(alertEmails) ? [] : [{ actionGroupId: mail.id }]
  }
}

@description('Identifies the instance; its key is turned off.')
output connectionString string = insights.properties.ConnectionString
output workspaceId string = workspace.id
