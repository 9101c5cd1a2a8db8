@export()
@description('Tags, settings of the registry, and claims of a policy.')
type stringMap = {
  *: string
}

@export()
@description('Direct access of a person, group or pipeline to the stored data.')
type dataRole = {
  @description('Object id in Microsoft Entra ID.')
  principalId: string
  principalType: 'User' | 'Group' | 'ServicePrincipal'
  @description('A Reader can also read the keys of upload sessions, and so add to open uploads. A Contributor can also read the keys of tokens, and so impersonate anyone.')
  role: 'Reader' | 'Contributor'
}

// A policy, with the properties of src/Registry/Policies/PolicyDocument.cs: with a misspelt name the app would not start.
// A test compares the two.

@export()
@sealed()
@description('Authentication, authorization, immutable tags and retention (docs/use/access.md). What no rule allows is denied.')
type policyDocument = {
  @description('Address of the JSON schema, for editors.')
  '$schema': string?
  @description('Trusted token issuers, by the names that rules use.')
  issuers: policyIssuers?
  @description('Robot accounts, by name.')
  robots: policyRobots?
  rules: policyRule[]?
  @description('Rules for immutable tags (docs/use/retention.md).')
  tags: policyTagRule[]?
  @description('Retention rules; what no rule applies to is kept (docs/use/retention.md).')
  retention: policyRetentionRule[]?
  @description('Patterns of repositories that accept manifests although content that they reference is missing.')
  sparseManifests: string[]?
}

type policyIssuers = {
  *: policyIssuer
}

type policyRobots = {
  *: policyRobot
}

@sealed()
@description('An OpenID Connect issuer.')
type policyIssuer = {
  @description('Address of the issuer: exactly the claim iss of its tokens.')
  issuer: string
  @description('Accepted values of the claim aud; a token must have one of them.')
  @minLength(1)
  audiences: string[]
  @description('Hosts besides the issuer\'s own on which its discovery document may locate its keys, such as www.googleapis.com.')
  jwksHosts: string[]?
}

@sealed()
type policyRobot = {
  @description('Several during a rotation; none to lock the account.')
  secrets: policySecret[]
}

@sealed()
type policySecret = {
  @description('sha256: and 64 hexadecimal digits, as printed by the command robot new.')
  @minLength(71)
  @maxLength(71)
  hash: string
  @description('First day (UTC) on which the secret is no longer accepted, such as 2027-12-31.')
  @minLength(10)
  @maxLength(10)
  expires: string
}

@sealed()
type policyRule = {
  @description('Unique name, for messages and the audit log.')
  @minLength(1)
  @maxLength(80)
  name: string
  @minLength(1)
  subjects: policySubject[]
  @description('Patterns of repository names: * matches any characters except /, ** matches any characters.')
  @minLength(1)
  repositories: string[]
  @minLength(1)
  actions: policyAction[]
}

type policyAction = 'pull' | 'push' | 'overwrite' | 'delete' | 'list' | 'admin'

@sealed()
@description('Exactly one of anonymous, robot and issuer.')
type policySubject = {
  @description('Every request, with or without credentials.')
  anonymous: bool?
  @description('Name of a robot.')
  robot: string?
  @description('Name of an issuer; claims are required as well.')
  issuer: string?
  @description('Required claims of the issuer\'s tokens: one value of each must match the pattern.')
  claims: stringMap?
}

@sealed()
@description('A rule that makes matching tags immutable once they exist.')
type policyTagRule = {
  @description('Unique name, for messages.')
  @minLength(1)
  @maxLength(80)
  name: string
  @description('Patterns of repository names: * matches any characters except /, ** matches any characters.')
  @minLength(1)
  repositories: string[]
  @description('Patterns of tags: * matches any characters.')
  @minLength(1)
  tags: string[]
  @description('once: the tag cannot be moved. locked: it can be neither moved nor deleted.')
  mode: policyTagMode
}

type policyTagMode = 'once' | 'locked'

@sealed()
@description('A tag to which rules apply is kept while any of their conditions holds. At least one condition is required.')
type policyRetentionRule = {
  @description('Unique name, for reports.')
  @minLength(1)
  @maxLength(80)
  name: string
  @description('Patterns of repository names: * matches any characters except /, ** matches any characters.')
  @minLength(1)
  repositories: string[]
  @description('Patterns of tags: * matches any characters. All tags if omitted.')
  @minLength(1)
  tags: string[]?
  @description('How many of the tags are kept: those pushed last.')
  @minValue(1)
  keepNewest: int?
  @description('Keep tags that were pushed within this many days.')
  @minValue(1)
  @maxValue(36500)
  keepPushedDays: int?
  @description('Keep tags and manifests that were pulled within this many days.')
  @minValue(1)
  @maxValue(36500)
  keepPulledDays: int?
  @description('Delete manifests that have had no tag and no use for this many days.')
  @minValue(1)
  @maxValue(36500)
  untaggedDays: int?
}

@export()
@description('A host name and its certificate. App Service must be allowed to read the vault (docs/use/deploy.md).')
type certificate = {
  host: string
  @description('Resource id of the Key Vault.')
  keyVaultId: string
  secretName: string
}

@export()
@description('Subnet of the private endpoints, and the private DNS zones for their records.')
type endpointPlace = {
  subnetId: string
  blobZoneId: string
  tableZoneId: string
  sitesZoneId: string
}
