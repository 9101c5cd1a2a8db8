@export()
@description('Tags, settings of the registry, and claims of a policy.')
type stringMap = {
  *: string
}

@export()
@description('Access of a person, group or pipeline to the stored data.')
type dataRole = {
  @description('Object id in Microsoft Entra ID.')
  principalId: string
  principalType: 'User' | 'Group' | 'ServicePrincipal'
  @description('A Reader can read the keys of upload sessions, too, and so add to those that are open. A Contributor can also read the keys of tokens, and so become anybody.')
  role: 'Reader' | 'Contributor'
}

// A policy, property by property as src/Registry/Policies/PolicyDocument.cs reads it: a name that is misspelt here would end the start of the app.
// A test holds the two together.

@export()
@sealed()
@description('Who may do what; whatever no rule allows is denied (docs/use/access.md).')
type policyDocument = {
  @description('For editors.')
  '$schema': string?
  @description('Whose tokens are believed, by names for the rules.')
  issuers: policyIssuers?
  @description('Accounts with secrets, by name.')
  robots: policyRobots?
  rules: policyRule[]?
  @description('Which tags stay as they were pushed (docs/use/retention.md).')
  tags: policyTagRule[]?
  @description('What is removed in time; whatever no rule is about is kept (docs/use/retention.md).')
  retention: policyRetentionRule[]?
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
  @description('Its address: the claim iss of its tokens.')
  issuer: string
  @description('What the claim aud must hold one of.')
  @minLength(1)
  audiences: string[]
}

@sealed()
type policyRobot = {
  @description('Several while one replaces the other; none locks the robot out.')
  secrets: policySecret[]
}

@sealed()
type policySecret = {
  @description('sha256: and 64 digits, as the command robot new makes it.')
  @minLength(71)
  @maxLength(71)
  hash: string
  @description('The first day (UTC) on which the secret is not accepted, such as 2027-12-31.')
  @minLength(10)
  @maxLength(10)
  expires: string
}

@sealed()
type policyRule = {
  @description('For messages and the audit log.')
  @minLength(1)
  @maxLength(80)
  name: string
  @minLength(1)
  subjects: policySubject[]
  @description('Patterns of names: * stands for a part of one component, ** for any number of them.')
  @minLength(1)
  repositories: string[]
  @minLength(1)
  actions: policyAction[]
}

type policyAction = 'pull' | 'push' | 'overwrite' | 'delete' | 'list' | 'admin'

@sealed()
@description('Exactly one of anonymous, robot and issuer.')
type policySubject = {
  @description('Everybody, with or without credentials.')
  anonymous: bool?
  @description('A robot\'s name.')
  robot: string?
  @description('An issuer\'s name; with claims.')
  issuer: string?
  @description('Claims of the issuer\'s tokens, each with the pattern that one of its values must match.')
  claims: stringMap?
}

@sealed()
@description('What nobody may do to tags with such names, once they exist.')
type policyTagRule = {
  @description('For messages.')
  @minLength(1)
  @maxLength(80)
  name: string
  @description('Patterns of names: * stands for a part of one component, ** for any number of them.')
  @minLength(1)
  repositories: string[]
  @description('Patterns of tags: * stands for any characters.')
  @minLength(1)
  tags: string[]
  @description('once: never moved. locked: neither moved nor deleted.')
  mode: policyTagMode
}

type policyTagMode = 'once' | 'locked'

@sealed()
@description('A tag that rules are about is kept while any of their conditions holds. One condition at least.')
type policyRetentionRule = {
  @description('For reports.')
  @minLength(1)
  @maxLength(80)
  name: string
  @description('Patterns of names: * stands for a part of one component, ** for any number of them.')
  @minLength(1)
  repositories: string[]
  @description('Patterns of tags: * stands for any characters. All when left out.')
  @minLength(1)
  tags: string[]?
  @description('Keep as many of the tags, those pushed last.')
  @minValue(1)
  keepNewest: int?
  @description('Keep tags that were pushed within as many days.')
  @minValue(1)
  @maxValue(36500)
  keepPushedDays: int?
  @description('Keep what was pulled within as many days.')
  @minValue(1)
  @maxValue(36500)
  keepPulledDays: int?
  @description('Remove manifests that have been without a tag, and unused, for as many days.')
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
@description('Where private endpoints go, and the private DNS zones in which they are found.')
type endpointPlace = {
  subnetId: string
  blobZoneId: string
  tableZoneId: string
  sitesZoneId: string
}
