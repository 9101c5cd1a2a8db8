using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Registry.Storage;
using Xunit;

namespace Registry.Tests.Infra;

/// <summary>What must never change in <c>infra/</c>, read from the compiled template.</summary>
public partial class TemplateTests(CompiledTemplate template) : IClassFixture<CompiledTemplate>
{
    const string Accounts = "Microsoft.Storage/storageAccounts";

    public static TheoryData<string> Files { get; } = [.. Directory.GetFiles(CompiledTemplate.Folder, "*.bicep").Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Linter_has_nothing_to_say(string file)
    {
        var lint = (await CompiledTemplate.RunAsync("lint", file)).Succeeded();
        Assert.Equal("", lint.Errors.Trim());
        Assert.Equal("", lint.Output.Trim());
    }

    [Fact]
    public async Task Parameters_of_azd_fit_the_template()
    {
        var build = (await CompiledTemplate.RunAsync("build-params", "main.bicepparam", "--stdout")).Succeeded();
        Assert.Equal("", build.Errors.Trim());
        Assert.Contains("anonymousAccess", build.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void No_storage_account_has_keys_or_anonymous_readers_or_old_tls()
    {
        var accounts = template.OfType(Accounts).ToList();
        Assert.Equal(2, accounts.Count);
        foreach (var account in accounts.Select(account => account["properties"]!))
        {
            Assert.False((bool)account["allowSharedKeyAccess"]!);
            Assert.False((bool)account["allowBlobPublicAccess"]!);
            Assert.False((bool)account["allowCrossTenantReplication"]!);
            Assert.True((bool)account["supportsHttpsTrafficOnly"]!);
            Assert.Equal("TLS1_2", (string?)account["minimumTlsVersion"]);
        }
        var containers = template.OfType(Accounts + "/blobServices/containers").ToList();
        Assert.Equal(2, containers.Count);
        Assert.All(containers, container => Assert.Equal("None", (string?)container["properties"]!["publicAccess"]));
    }

    [Fact]
    public void Nothing_asks_for_a_key_or_holds_a_secret()
    {
        Assert.DoesNotContain("listKeys", template.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("AccountKey", template.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("securestring", template.Text, StringComparison.OrdinalIgnoreCase);
        Assert.True((bool)template.Find("monitoring", "Microsoft.Insights/components")["properties"]!["DisableLocalAuth"]!);
        Assert.All(
            template.OfType("Microsoft.Web/sites/basicPublishingCredentialsPolicies").ToList() is { Count: 2 } policies ? policies : [],
            policy => Assert.False((bool)policy["properties"]!["allow"]!));
    }

    [Fact]
    public void Functions_app_takes_https_alone()
    {
        var app = template.Find("functions", "Microsoft.Web/sites")["properties"]!;
        Assert.True((bool)app["httpsOnly"]!);
        Assert.Equal("1.2", (string?)app["siteConfig"]!["minTlsVersion"]);
        Assert.Equal("Disabled", (string?)app["siteConfig"]!["ftpsState"]);
        Assert.Equal("dotnet-isolated", (string?)app["functionAppConfig"]!["runtime"]!["name"]);
        Assert.Equal(Environment.Version.ToString(2), (string?)app["functionAppConfig"]!["runtime"]!["version"]);
        Assert.False((bool)template.Find("uploads", "Microsoft.App/containerApps")["properties"]!["configuration"]!["ingress"]!["allowInsecure"]!);
    }

    [Fact]
    public void Tables_and_containers_are_those_of_the_code()
    {
        var variables = template.Module("storage")["variables"]!;
        Assert.Equal(Layout.Tables.Order(), Strings(variables["tableNames"]!).Order());
        Assert.Equal(Layout.Containers.Order(), Strings(variables["containerNames"]!).Order());
        foreach (var (type, names) in new[] { ("/tableServices/tables", "tableNames"), ("/blobServices/containers", "containerNames") })
            Assert.Equal($"[length(variables('{names}'))]", (string?)template.Find("storage", Accounts + type)["copy"]!["count"]);
    }

    [Fact]
    public void Settings_are_those_that_the_registry_reads()
    {
        var names = SettingName().Matches(template.Text).Select(match => match.Value).Distinct().ToList();
        Assert.Contains("Registry__Uploads__Location", names);
        foreach (var name in names)
        {
            var type = typeof(RegistryOptions);
            foreach (var part in name.Split("__")[1..])
            {
                var property = type.GetProperty(part);
                Assert.True(property is not null, $"{name}: {type.Name} has no {part}.");
                type = property.PropertyType;
            }
        }
    }

    [Fact]
    public void Registry_is_closed_unless_a_parameter_opens_it()
    {
        var parameter = template.Root["parameters"]!["anonymousAccess"]!;
        Assert.Equal(nameof(AnonymousAccess.None), (string?)parameter["defaultValue"]);
        Assert.All(Strings(parameter["allowedValues"]!), value => Assert.True(Enum.TryParse<AnonymousAccess>(value, out var access) && access < AnonymousAccess.All));
        Assert.Contains("'Registry__Anonymous', parameters('anonymousAccess')", template.Argument("functions", "settings"), StringComparison.Ordinal);
        Assert.Contains("\"Registry__Anonymous\": \"[parameters('anonymousAccess')]\"", template.Argument("uploads", "settings").Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_hosts_get_the_same_settings()
    {
        var uploads = SettingName().Matches(template.Argument("uploads", "settings")).Select(match => match.Value).ToList();
        var functions = SettingName().Matches(template.Argument("functions", "settings")).Select(match => match.Value).ToList();
        Assert.Contains("Registry__Storage__BlobUri", uploads);
        // Each names the container as the upload host: the module of the container knows its own address.
        Assert.Equal(uploads.Append("Registry__Uploads__Location").Order(), functions.Order());
        Assert.Contains("Registry__Uploads__Location", template.Module("uploads").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Roles_are_the_fewest_that_do()
    {
        var roles = template.Resources
            .Where(r => (string?)r.Resource["type"] == "Microsoft.Authorization/roleAssignments")
            .Select(r => $"{r.Module}: {ScopeOf(r.Resource)} {RoleOf(r)}");
        Assert.Equal(
            [
                "functions: Microsoft.Storage/storageAccounts Storage Blob Data Owner",
                "monitoring: Microsoft.Insights/components Monitoring Metrics Publisher",
                "storage: Microsoft.Storage/storageAccounts Storage Blob Data Contributor or Storage Blob Data Reader",
                "storage: Microsoft.Storage/storageAccounts Storage Blob Delegator",
                "storage: Microsoft.Storage/storageAccounts Storage Table Data Contributor",
                "storage: Microsoft.Storage/storageAccounts Storage Table Data Contributor or Storage Table Data Reader",
                "storage: Microsoft.Storage/storageAccounts/blobServices/containers Storage Blob Data Contributor",
                "uploads: Microsoft.ContainerRegistry/registries AcrPull",
            ],
            roles.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Lifecycle_rule_spares_blobs_and_living_sessions()
    {
        var rule = template.Find("storage", Accounts + "/managementPolicies")["properties"]!["policy"]!["rules"]!.AsArray().Single()!["definition"]!;
        Assert.Equal([Layout.UploadsContainer + "/"], Strings(rule["filters"]!["prefixMatch"]!));
        var days = (int)rule["actions"]!["baseBlob"]!["delete"]!["daysAfterModificationGreaterThan"]!;
        Assert.True(TimeSpan.FromDays(days) > 2 * new StorageOptions().Grace);
    }

    [Fact]
    public void Largest_bodies_of_all_requests_at_once_fit_into_an_instance()
    {
        // About what host and worker take without them, in MB.
        const int Rest = 300;
        var capacities = template.Root["variables"]!["capacities"]!.AsObject();
        Assert.Equal(2, capacities.Count);
        foreach (var (_, sizes) in capacities)
        {
            Assert.Equal(template.Root["parameters"]!["instanceMemory"]!["allowedValues"]!.AsArray().Select(size => size!.ToString()), sizes!.AsObject().Select(size => size.Key));
            foreach (var (memory, capacity) in sizes.AsObject())
            {
                Assert.InRange((int)capacity!["requests"]! * 4 * (int)capacity["body"]!, 1, int.Parse(memory, CultureInfo.InvariantCulture) - Rest);
                // A manifest must always fit.
                Assert.True((int)capacity["body"]! > 4);
            }
        }
    }

    [Fact]
    public void Private_registry_has_no_public_door()
    {
        foreach (var resource in template.OfType(Accounts).Append(template.Find("functions", "Microsoft.Web/sites")))
            Assert.Equal("[if(equals(parameters('endpoints'), null()), 'Enabled', 'Disabled')]", (string?)resource["properties"]!["publicNetworkAccess"]);
        var environment = template.Find("uploads", "Microsoft.App/managedEnvironments")["properties"]!["vnetConfiguration"]!.ToString();
        Assert.Contains("'internal', true()", environment, StringComparison.Ordinal);
        Assert.Equal("Public", (string?)template.Root["parameters"]!["networkAccess"]!["defaultValue"]);
    }

    [Fact]
    public void Functions_can_be_switched_off_by_the_names_that_they_have()
    {
        var code = File.ReadAllText(Path.Combine(ArchitectureTests.FindRoot(), "src", "Functions", "RegistryFunctions.cs"));
        var switches = FunctionSwitch().Matches(template.Text).Select(match => match.Groups[1].Value).Distinct().Order();
        Assert.Equal(["delete", "push"], switches);
        Assert.All(switches, name => Assert.Contains($"[Function(\"{name}\")]", code, StringComparison.Ordinal));
    }

    static IEnumerable<string> Strings(JsonNode array) => array.AsArray().Select(item => (string)item!);

    static string ScopeOf(JsonNode assignment) => ResourceType().Match((string)assignment["scope"]!) is { Success: true } match ? match.Groups[1].Value : (string)assignment["scope"]!;

    string RoleOf((string Module, JsonNode Resource) assignment)
    {
        var definition = (string)assignment.Resource["properties"]!["roleDefinitionId"]!;
        var variables = template.Module(assignment.Module)["variables"]!;
        return string.Join(" or ", Variable().Matches(definition).Select(match => (string)variables[match.Groups[1].Value]! switch
        {
            "ba92f5b4-2d11-453d-a403-e96b0029c9fe" => "Storage Blob Data Contributor",
            "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1" => "Storage Blob Data Reader",
            "b7e6dc6d-f1e8-4753-8033-0f276bb0955b" => "Storage Blob Data Owner",
            "db58b8e5-c6ad-4a2a-8342-4190687cbf4a" => "Storage Blob Delegator",
            "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3" => "Storage Table Data Contributor",
            "76199698-9eea-4c19-bc75-cec21354c6b6" => "Storage Table Data Reader",
            "3913510d-42f4-4e42-8a64-420c390055eb" => "Monitoring Metrics Publisher",
            "7f951dda-4ed3-4680-a7ca-43fe172d538d" => "AcrPull",
            var other => other,
        }));
    }

    [GeneratedRegex("Registry__[A-Za-z_]+")]
    private static partial Regex SettingName();

    [GeneratedRegex(@"AzureWebJobs\.(\w+)\.Disabled")]
    private static partial Regex FunctionSwitch();

    [GeneratedRegex(@"resourceId\('([\w./]+)'")]
    private static partial Regex ResourceType();

    [GeneratedRegex(@"variables\('(\w+)'\)")]
    private static partial Regex Variable();
}
