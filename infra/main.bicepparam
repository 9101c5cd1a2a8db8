using 'main.bicep'

// azd sets these; without azd, write your own values here or pass them to az. Everything lies where the resource group does.
param name = readEnvironmentVariable('AZURE_ENV_NAME', 'myregistry')

// Nobody may do anything until a rule in this file says so (docs/use/access.md).
param policy = loadJsonContent('registry.policy.json')

// The image of src/Server, for uploads of any size (docs/use/deploy.md).
param uploadsImage = readEnvironmentVariable('REGISTRY_UPLOADS_IMAGE', '')
