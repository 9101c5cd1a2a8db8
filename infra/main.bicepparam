using 'main.bicep'

// azd sets these; without azd, put your own values here or pass them to az. All resources are in the region of the resource group.
param name = readEnvironmentVariable('AZURE_ENV_NAME', 'myregistry')

// All requests are denied unless a rule in this file allows them (docs/use/access.md).
param policy = loadJsonContent('registry.policy.json')

// The image of src/Server, for uploads of any size (docs/use/deploy.md).
param uploadsImage = readEnvironmentVariable('REGISTRY_UPLOADS_IMAGE', '')
