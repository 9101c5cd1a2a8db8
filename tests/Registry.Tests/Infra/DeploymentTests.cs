using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Registry.Oci;
using Registry.Policies;
using Registry.Storage;
using Xunit;

namespace Registry.Tests.Infra;

/// <summary>How parameters determine a deployment of <c>infra/</c>.</summary>
public partial class DeploymentTests(CompiledTemplate template) : IClassFixture<CompiledTemplate>
{
    const string Account = "Microsoft.Storage/storageAccounts";
    const string Image = "param uploadsImage = 'ghcr.io/contoso/registry-server:1.0.0'";
    const string Private = "param networkAccess = 'Private'";
    const string AnyonePulls = "param policy = { rules: [{ name: 'anyone pulls', subjects: [{ anonymous: true }], repositories: " +
        "['public/**'], actions: ['pull'] }] }";
    const string ReaderAndContributor = """
        param dataAccess = [
          { principalId: 'someone-who-reads', principalType: 'Group', role: 'Reader' }
          { principalId: 'someone-who-writes', principalType: 'User', role: 'Contributor' }
        ]
        """;

    const string BlobContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    const string BlobReader = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
    const string BlobOwner = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
    const string BlobDelegator = "db58b8e5-c6ad-4a2a-8342-4190687cbf4a";
    const string TableContributor = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3";
    const string TableReader = "76199698-9eea-4c19-bc75-cec21354c6b6";
    const string AcrPull = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
    const string MetricsPublisher = "3913510d-42f4-4e42-8a64-420c390055eb";

    [Theory]
    [InlineData]
    [InlineData(Image)]
    [InlineData(Private, Image)]
    public async Task Identity_has_these_roles_in_these_places_and_no_others(params string[] parameters)
    {
        var deployment = await Deployment.OfAsync(parameters);
        var (data, host) = Accounts(deployment);
        var expected = Layout.Containers.Select(container => ($"{data}/blobServices/default/containers/{container}", BlobContributor))
            .Append((data, BlobDelegator))
            .Append((data, TableContributor))
            .Append((host, BlobOwner))
            .Append((Deployment.Short((string)deployment.Find("Microsoft.Insights/components")["id"]!), MetricsPublisher));
        Assert.Equal(expected.Order(), deployment.Roles.Select(role => (role.Scope, role.Role)).Order());
        Assert.All(deployment.Roles, role => Assert.Equal("principalId", role.Principal));
    }

    [Fact]
    public async Task Role_assignments_of_users_match_their_parameter()
    {
        var deployment = await Deployment.OfAsync(ReaderAndContributor);
        var data = Accounts(deployment).Data;
        var tables = Layout.Tables.Where(table => table != Layout.AccessTable)
            .Select(table => ($"{data}/tableServices/default/tables/{table}", TableReader));
        Assert.Equal(tables.Append((data, BlobReader)).Order(), RolesOf("someone-who-reads"));
        Assert.Equal([(data, TableContributor), (data, BlobContributor)], RolesOf("someone-who-writes"));

        IEnumerable<(string, string)> RolesOf(string principal) =>
            deployment.Roles.Where(role => role.Principal == principal).Select(role => (role.Scope, role.Role)).Order();
    }

    [Fact]
    public async Task Reader_cannot_read_the_token_keys()
    {
        var deployment = await Deployment.OfAsync(ReaderAndContributor);
        var keys = $"{Accounts(deployment).Data}/tableServices/default/tables/{Layout.AccessTable}/";
        // A role on the account applies to the table, too.
        var roles = deployment.Roles.Where(role => role.Principal == "someone-who-reads"
            && keys.StartsWith(role.Scope + "/", StringComparison.Ordinal));
        Assert.Equal([BlobReader], roles.Select(role => role.Role));
    }

    [Fact]
    public async Task Identity_may_pull_the_image_of_the_container()
    {
        var deployment = await Deployment.OfAsync(Image, "param uploadsImageRegistry = 'contoso'");
        var role = Assert.Single(deployment.Roles, role => role.Role == AcrPull);
        Assert.Equal(("Microsoft.ContainerRegistry/registries/contoso", "principalId"), (role.Scope, role.Principal));
    }

    [Theory]
    [InlineData(false, Image)]
    [InlineData(true, AnyonePulls, Image)]
    public async Task Registry_accepts_its_settings(bool anyonePulls, params string[] parameters)
    {
        var deployment = await Deployment.OfAsync(parameters);
        foreach (var settings in new[] { deployment.Settings, deployment.Environment })
        {
            var options = Bind(settings);
            var policy = Policy.Parse(options.Policy!);
            Assert.Equal(anyonePulls ? RepositoryActions.Pull : RepositoryActions.None,
                policy.ActionsOf(new Identity.Anonymous(), RepositoryName.Parse("public/a")));
            Assert.Equal(RepositoryActions.None, policy.ActionsOf(new Identity.Anonymous(), RepositoryName.Parse("private/a")));
            Assert.True(options.RedirectDownloads);
            Assert.True(options.Storage.IsConfigured);
            Assert.NotNull(options.Storage.ManagedIdentityClientId);
            Assert.NotNull(options.Uploads.Location);
            // Tables and containers exist, and the identity may not create any.
            Assert.False(options.Storage.ShouldCreate);
        }
    }

    [Fact]
    public async Task Registry_denies_everything_without_parameters()
    {
        AllowsNothing(Bind((await Deployment.OfAsync()).Settings).Policy!);
        AllowsNothing(Bind((await Deployment.OfAsync(Image)).Environment).Policy!);
    }

    [Fact]
    public async Task Registry_denies_everything_until_its_policy_file_is_edited()
    {
        var file = await File.ReadAllTextAsync(Path.Combine(CompiledTemplate.Folder, "registry.policy.json"));
        AllowsNothing(file);
        var compiled = await BicepCompiler.CompileParametersAsync(Path.Combine(CompiledTemplate.Folder, "main.bicepparam"));
        var parameters = JsonNode.Parse((string)compiled["parameters"]!)!["parameters"]!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(file), parameters["policy"]!["value"]));
    }

    [Fact]
    public async Task Custom_policy_reaches_both_hosts_unchanged()
    {
        var deployment = await Deployment.OfAsync(
            $$"""
            param policy = {
              issuers: { github: { issuer: 'https://token.actions.githubusercontent.com', audiences: ['registry.contoso.com'] } }
              robots: { builder: { secrets: [{ hash: 'sha256:{{new string('0', 64)}}', expires: '2030-01-01' }] } }
              rules: [
                {
                  name: 'builds push'
                  subjects: [{ robot: 'builder' }, { issuer: 'github', claims: { sub: 'repo:contoso/*:ref:refs/heads/main' } }]
                  repositories: ['builds/**']
                  actions: ['pull', 'push']
                }
              ]
            }
            """,
            Image);
        foreach (var settings in new[] { deployment.Settings, deployment.Environment })
        {
            var policy = Policy.Parse(Bind(settings).Policy!);
            var issuer = Assert.Single(policy.Issuers);
            var main = new Identity.Federated(issuer.Name, issuer.Address,
                "", new Dictionary<string, IReadOnlyList<string>> { ["sub"] = ["repo:contoso/a:ref:refs/heads/main"] }, issuer.Audiences);
            Assert.Equal("builds push", policy.Decide(main, RepositoryName.Parse("builds/a"), RepositoryActions.Push).Rule);
            Assert.Equal("builds push",
                policy.Decide(new Identity.Robot("builder", ""), RepositoryName.Parse("builds/a"), RepositoryActions.Push).Rule);
            Assert.False(policy.Decide(new Identity.Anonymous(), RepositoryName.Parse("builds/a"), RepositoryActions.Pull).Allowed);
        }
    }

    [Theory]
    [InlineData("{ rule: [] }", "\"rule\"")]
    [InlineData("{ robots: { builder: { secret: [] } } }", "\"secret\"")]
    [InlineData("{ rules: [{ name: 'x', subjects: [{ anonymus: true }], repositories: ['**'], actions: ['pull'] }] }", "\"anonymus\"")]
    [InlineData("{ rules: [{ name: 'x', subjects: [{ anonymous: true }], repositories: ['**'], actions: ['write'] }] }", "'write'")]
    public async Task Misspelt_policy_fails_the_deployment(string policy, string word)
    {
        var fault = await Assert.ThrowsAsync<BicepException>(() => Deployment.OfAsync($"param policy = {policy}"));
        Assert.Contains("Error BCP", fault.Message, StringComparison.Ordinal);
        Assert.Contains(word, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_trusts_forwarded_headers_of_its_ingress() =>
        Assert.Equal("true", (await Deployment.OfAsync(Image)).Environment["ASPNETCORE_FORWARDEDHEADERS_ENABLED"]);

    [Fact]
    public async Task Downloads_are_proxied_if_configured() =>
        Assert.False(Bind((await Deployment.OfAsync("param downloads = 'Proxy'")).Settings).RedirectDownloads);

    [Theory]
    [InlineData(7, "")]
    [InlineData(30, "param deletedRetentionDays = 30")]
    [InlineData(0, "param deletedRetentionDays = 0")]
    public async Task Retention_of_deletions_follows_its_parameter(int days, string parameter) =>
        Assert.Equal(TimeSpan.FromDays(days), Bind((await Deployment.OfAsync(parameter)).Settings).Storage.DeletedRetention);

    [Fact]
    public async Task Root_path_is_served_by_the_registry_and_not_by_Azure() =>
        Assert.Equal("true", (await Deployment.OfAsync()).Settings["AzureWebJobsDisableHomepage"]);

    [Fact]
    public async Task Both_hosts_have_the_same_settings()
    {
        var deployment = await Deployment.OfAsync(Image);
        var functions = OfRegistry(deployment.Settings);
        var container = OfRegistry(deployment.Environment);
        // The two hosts get the address of the upload host in different ways; both are of the same resource.
        Assert.True(functions.Remove("Registry__Uploads__Location"));
        Assert.True(container.Remove("Registry__Uploads__Location", out var location));
        Assert.Contains("ca-contoso", location, StringComparison.Ordinal);
        Assert.NotEmpty(functions);
        Assert.Equal(functions, container);
    }

    /// <summary>Both know the one name and its path, also where the address has a slash at its end.</summary>
    [Theory]
    [InlineData("https://registry.contoso.com")]
    [InlineData("https://registry.contoso.com/")]
    public async Task Proxy_gives_both_hosts_one_name(string publicUrl)
    {
        var deployment = await Deployment.OfAsync(Image, $"param publicUrl = '{publicUrl}'");
        Assert.Equal(OfRegistry(deployment.Settings), OfRegistry(deployment.Environment));
        var options = Bind(deployment.Settings);
        Assert.Equal(new Uri("https://registry.contoso.com"), options.PublicUrl);
        Assert.Equal(new Uri("https://registry.contoso.com/uploads"), options.Uploads.Location);
        Assert.DoesNotContain("Registry__Uploads__Location", (await Deployment.OfAsync($"param publicUrl = '{publicUrl}'")).Settings.Keys);
    }

    [Fact]
    public async Task No_connection_uses_an_account_key()
    {
        var deployment = await Deployment.OfAsync(Image);
        var settings = deployment.Settings;
        Assert.Equal("managedidentity", settings["AzureWebJobsStorage__credential"]);
        Assert.EndsWith("/" + settings["AzureWebJobsStorage__accountName"], Accounts(deployment).Host, StringComparison.Ordinal);
        Assert.DoesNotContain("AzureWebJobsStorage", settings.Keys);
        Assert.DoesNotContain("Registry__Storage__ConnectionString", settings.Keys.Concat(deployment.Environment.Keys));
        var sender = (string)deployment.Find("Microsoft.Web/sites/config")["properties"]!["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]!;
        Assert.Contains("Authorization=AAD;ClientId=", sender, StringComparison.Ordinal);
        Assert.Equal("UserAssignedIdentity",
            (string?)App(deployment)["functionAppConfig"]!["deployment"]!["storage"]!["authentication"]!["type"]);
        Assert.True((bool)deployment.Find("Microsoft.OperationalInsights/workspaces")["properties"]!["features"]!["disableLocalAuth"]!);
        Assert.True((bool)deployment.Find("Microsoft.Insights/components")["properties"]!["DisableLocalAuth"]!);
        Assert.Equal("azure-monitor",
            (string?)deployment.Find("Microsoft.App/managedEnvironments")["properties"]!["appLogsConfiguration"]!["destination"]);
        Assert.All(deployment.OfType(Account), account => Assert.True((bool)account["properties"]!["defaultToOAuthAuthentication"]!));
    }

    /// <summary>The last two columns are what an instance of this memory survived (docs/use/functions-or-container.md).</summary>
    [Theory]
    [InlineData(512, false, 20, 2, 24)]
    [InlineData(2048, false, 100, 2, 100)]
    [InlineData(4096, false, 200, 3, 225)]
    [InlineData(512, true, 10, 4, 12)]
    [InlineData(2048, true, 25, 16, 25)]
    [InlineData(4096, true, 50, 16, 56)]
    public async Task Concurrent_bodies_are_no_more_than_an_instance_survived(
        int memory, bool withContainer, int largest, int survivedRequests, int survivedBody)
    {
        // What Azure accepts on any plan, in bytes.
        const int Accepted = 210_000_000;
        var size = memory == 2048 ? [] : new[] { $"param instanceMemory = {memory}" };
        var deployment = await Deployment.OfAsync(withContainer ? [.. size, Image] : size);
        var scale = App(deployment)["functionAppConfig"]!["scaleAndConcurrency"]!;
        var limit = int.Parse(deployment.Settings["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"], CultureInfo.InvariantCulture);
        Assert.Equal(memory, (int)scale["instanceMemoryMB"]!);
        Assert.InRange((int)scale["triggers"]!["http"]!["perInstanceConcurrency"]!, 1, survivedRequests);
        Assert.InRange(limit, 1, Math.Min(Accepted, survivedBody << 20));
        Assert.Equal(largest << 20, limit);
        Assert.Equal(largest, (int)deployment.Output("largestUpload")!);
    }

    [Fact]
    public async Task Private_registry_has_no_public_endpoint()
    {
        var deployment = await Deployment.OfAsync(Private, Image);
        Assert.All(Doors(deployment), door => Assert.Equal("Disabled", (string?)door["properties"]!["publicNetworkAccess"]));
        var environment = deployment.Find("Microsoft.App/managedEnvironments")["properties"]!["vnetConfiguration"]!;
        Assert.True((bool)environment["internal"]!);
        Assert.Equal("uploadsSubnetId", Deployment.Simplify((string)environment["infrastructureSubnetId"]!));
        Assert.Equal("functionsSubnetId", Deployment.Simplify((string)App(deployment)["virtualNetworkSubnetId"]!));
    }

    [Fact]
    public async Task Private_registry_has_private_endpoints()
    {
        var deployment = await Deployment.OfAsync(Private, Image);
        var (data, host) = Accounts(deployment);
        var app = Deployment.Short((string)deployment.Find("Microsoft.Web/sites")["id"]!);
        var endpoints = deployment.OfType("Microsoft.Network/privateEndpoints")
            .Select(endpoint => endpoint["properties"]!["privateLinkServiceConnections"]![0]!["properties"]!);
        Assert.Equal(
            new[] { (data, "blob"), (data, "table"), (host, "blob"), (app, "sites") }.Order(),
            endpoints.Select(target => (Deployment.Short((string)target["privateLinkServiceId"]!),
                (string)target["groupIds"]![0]!)).Order());

        // Each has a record in the zone of its kind.
        var groups = deployment.OfType("Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
            .Select(group => group["properties"]!["privateDnsZoneConfigs"]![0]!).ToList();
        Assert.Equal(4, groups.Count);
        Assert.All(groups, group => Assert.Contains($".{(string)group["name"]!}ZoneId",
            (string)group["properties"]!["privateDnsZoneId"]!, StringComparison.Ordinal));
        var network = template.Module("network");
        foreach (var (service, zone) in new[] { ("blob", "privatelink.blob.{0}"),
            ("table", "privatelink.table.{0}"), ("sites", "privatelink.azurewebsites.net") })
        {
            var index = ZoneIndex().Match((string)network["outputs"]!["endpoints"]!["value"]![$"{service}ZoneId"]!).Groups[1].Value;
            Assert.Contains(zone, (string)network["variables"]!["zoneNames"]![int.Parse(index, CultureInfo.InvariantCulture)]!,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Public_registry_has_no_network()
    {
        var deployment = await Deployment.OfAsync(Image);
        Assert.All(Doors(deployment), door => Assert.Equal("Enabled", (string?)door["properties"]!["publicNetworkAccess"]));
        Assert.DoesNotContain(deployment.Resources, resource =>
            ((string)resource["type"]!).StartsWith("Microsoft.Network/", StringComparison.Ordinal));
        Assert.Null(App(deployment)["virtualNetworkSubnetId"]);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false, "param allowPush = false")]
    [InlineData(false, true, "param allowDelete = false")]
    public async Task Switches_are_settings_of_the_registry_on_every_host(bool push, bool delete, params string[] parameters)
    {
        // S7 (docs/design/hardening.md)
        var deployment = await Deployment.OfAsync([Image, .. parameters]);
        var hosts = push ? [deployment.Settings] : new[] { deployment.Settings, deployment.Environment };
        Assert.All(hosts, settings => Assert.Equal((!push, !delete), (Bind(settings).AllowPush, Bind(settings).AllowDelete)));
        Assert.DoesNotContain(deployment.Settings, setting => setting.Key.EndsWith(".Disabled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Read_only_registry_has_no_upload_container() =>
        Assert.Empty((await Deployment.OfAsync(Image, "param allowPush = false")).OfType("Microsoft.App/containerApps"));

    [Fact]
    public async Task Tables_and_containers_have_the_names_of_the_code()
    {
        var deployment = await Deployment.OfAsync();
        var (data, _) = Accounts(deployment);
        Assert.Equal(Layout.Tables.Order(), Names(Account + "/tableServices/tables", $"{data}/tableServices/default/tables/"));
        Assert.Equal(Layout.Containers.Order(), Names(Account + "/blobServices/containers", $"{data}/blobServices/default/containers/"));

        IEnumerable<string> Names(string type, string under) =>
            deployment.OfType(type).Select(r => Deployment.Short((string)r["id"]!))
                .Where(id => id.StartsWith(under, StringComparison.Ordinal)).Select(id => id[under.Length..]).Order();
    }

    [Fact]
    public async Task Only_abandoned_uploads_are_deleted_permanently()
    {
        var deployment = await Deployment.OfAsync();
        // The whole text, so that no other action or filter slips in.
        Assert.Equal(
            """[{"name":"stale-uploads","enabled":true,"type":"Lifecycle","definition":{"filters":{"blobTypes":["blockBlob"]""" +
            ""","prefixMatch":["uploads/"]},"actions":{"baseBlob":{"delete":{"daysAfterModificationGreaterThan":7}}}}}]""",
            deployment.Find(Account + "/managementPolicies")["properties"]!["policy"]!["rules"]!.ToJsonString());
        var service = deployment.OfType(Account + "/blobServices")
            .Single(s => ((string)s["id"]!).Contains(Accounts(deployment).Data, StringComparison.Ordinal))["properties"]!;
        foreach (var policy in new[] { service["deleteRetentionPolicy"]!, service["containerDeleteRetentionPolicy"]! })
        {
            Assert.True((bool)policy["enabled"]!);
            Assert.Equal(7, (int)policy["days"]!);
        }
    }

    [Fact]
    public async Task Certificate_belongs_to_the_app()
    {
        // Flex Consumption requires it; the flag can only be set on a new app, so it is set before there is a domain.
        Assert.True((bool)App(await Deployment.OfAsync())["siteScopedCertificatesEnabled"]!);

        var deployment = await Deployment.OfAsync(
            "param customDomain = { host: 'registry.contoso.com', keyVaultId: '/subscriptions/x/vaults/kv', secretName: 'registry' }");
        Assert.Equal("registry", (string?)deployment.Find("Microsoft.Web/sites/certificates")["properties"]!["keyVaultSecretName"]);
        Assert.Empty(deployment.OfType("Microsoft.Web/certificates"));
        var binding = deployment.Find("Microsoft.Web/sites/hostNameBindings");
        Assert.Equal("contoso/registry.contoso.com", (string?)binding["name"]);
        Assert.Equal("SniEnabled", (string?)binding["properties"]!["sslState"]);
        Assert.EndsWith(".thumbprint]", (string?)binding["properties"]!["thumbprint"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_probes_use_the_listening_port()
    {
        var app = (await Deployment.OfAsync(Image)).Find("Microsoft.App/containerApps")["properties"]!;
        var port = (int)app["configuration"]!["ingress"]!["targetPort"]!;
        Assert.Equal(8080, port);
        var probes = app["template"]!["containers"]![0]!["probes"]!.AsArray()
            .ToDictionary(probe => (string)probe!["type"]!, probe => probe!["httpGet"]!);
        Assert.All(probes.Values, probe => Assert.Equal(port, (int)probe["port"]!));
        Assert.Equal("/healthz/live", (string?)probes["Liveness"]["path"]);
        Assert.Equal("/healthz/live", (string?)probes["Startup"]["path"]);
        Assert.Equal("/healthz", (string?)probes["Readiness"]["path"]);
    }

    [Fact]
    public async Task Alerts_notify_the_configured_recipients()
    {
        var silent = await Deployment.OfAsync();
        Assert.Empty(silent.OfType("Microsoft.Insights/actionGroups"));
        Assert.Equal(3, Alerts(silent).Count());
        Assert.All(Alerts(silent), alert => Assert.Empty(ActionsOf(alert)));

        var loud = await Deployment.OfAsync("param alertEmails = ['ops@contoso.com']");
        var group = (string)loud.Find("Microsoft.Insights/actionGroups")["id"]!;
        Assert.All(Alerts(loud),
            alert => Assert.Contains(group, Assert.Single(ActionsOf(alert))!.ToJsonString(), StringComparison.Ordinal));

        static IEnumerable<JsonNode> Alerts(Deployment deployment) =>
            deployment.OfType("Microsoft.Insights/scheduledQueryRules").Concat(deployment.OfType("Microsoft.Insights/metricAlerts"));
        static JsonArray ActionsOf(JsonNode alert) =>
            alert["properties"]!["actions"] as JsonArray ?? alert["properties"]!["actions"]!["actionGroups"]!.AsArray();
    }

    /// <summary>The account with the tables is the registry's; the other is the Functions host's.</summary>
    static (string Data, string Host) Accounts(Deployment deployment)
    {
        var ids = deployment.OfType(Account).Select(account => Deployment.Short((string)account["id"]!)).ToList();
        Assert.Equal(2, ids.Count);
        var table = Deployment.Short((string)deployment.OfType(Account + "/tableServices/tables").First()["id"]!);
        var data = Assert.Single(ids, id => table.StartsWith(id + "/", StringComparison.Ordinal));
        return (data, ids.Single(id => id != data));
    }

    static void AllowsNothing(string json)
    {
        var policy = Policy.Parse(json);
        // Only anonymous exists, and may do nothing.
        Assert.False(policy.HasAccounts);
        Assert.Equal(RepositoryActions.None, policy.ActionsOf(new Identity.Anonymous(), RepositoryName.Parse("a")));
        Assert.Empty(policy.ListedPrefixes(new Identity.Anonymous()));
    }

    static JsonNode App(Deployment deployment) => deployment.Find("Microsoft.Web/sites")["properties"]!;

    static IEnumerable<JsonNode> Doors(Deployment deployment) =>
        [.. deployment.OfType(Account), deployment.Find("Microsoft.Web/sites"), deployment.Find("Microsoft.App/managedEnvironments")];

    static Dictionary<string, string> OfRegistry(Dictionary<string, string> settings) =>
        settings.Where(setting => setting.Key.StartsWith("Registry__", StringComparison.Ordinal)).ToDictionary();

    [GeneratedRegex(@"variables\('zoneNames'\)\[(\d)\]")]
    private static partial Regex ZoneIndex();

    /// <summary>Binds as the hosts do: an unknown or invalid setting is an error.</summary>
    static RegistryOptions Bind(Dictionary<string, string> settings)
    {
        var values = OfRegistry(settings).Select(setting => KeyValuePair.Create(
            setting.Key.Replace("__", ":", StringComparison.Ordinal),
            // The values that only Azure knows are addresses, and an id, which is text.
            (string?)(setting.Key.EndsWith("Id", StringComparison.Ordinal)
                || !IsUnknown(setting.Value) ? setting.Value : "https://example.com")));
        using var services = new ServiceCollection().AddRegistry(new ConfigurationBuilder().AddInMemoryCollection(values).Build())
            .BuildServiceProvider();
        return services.GetRequiredService<IOptions<RegistryOptions>>().Value;

        static bool IsUnknown(string value) => value is "blobUri" or "tableUri" or "address" || value.StartsWith('[');
    }
}
