using Xunit;

namespace Registry.Tests.Infra;

/// <summary>Properties of <c>infra/</c> that must never change, read from the compiled template.</summary>
public class TemplateTests(CompiledTemplate template) : IClassFixture<CompiledTemplate>
{
    const string Accounts = "Microsoft.Storage/storageAccounts";

    [Fact]
    public async Task Linter_reports_nothing()
    {
        var files = Directory.GetFiles(CompiledTemplate.Folder, "*.bicep");
        Assert.NotEmpty(files);
        foreach (var file in files) Assert.Empty((await BicepCompiler.CompileAsync(file))["diagnostics"]!.AsArray());
    }

    [Fact]
    public async Task Parameters_of_azd_fit_the_template()
    {
        var compiled = await BicepCompiler.CompileParametersAsync(Path.Combine(CompiledTemplate.Folder, "main.bicepparam"));
        Assert.Empty(compiled["diagnostics"]!.AsArray());
        Assert.Contains("policy", (string)compiled["parameters"]!, StringComparison.Ordinal);
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
    public void Template_contains_no_secret_and_reads_no_key()
    {
        Assert.DoesNotContain("listKeys", template.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("AccountKey", template.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("securestring", template.Text, StringComparison.OrdinalIgnoreCase);
        Assert.True((bool)template.Find("monitoring", "Microsoft.Insights/components")["properties"]!["DisableLocalAuth"]!);
        var passwords = template.OfType("Microsoft.Web/sites/basicPublishingCredentialsPolicies").ToList();
        Assert.Equal(["ftp", "scm"], passwords.Select(policy => ((string)policy["name"]!))
            .Select(name => name.Contains("'ftp'", StringComparison.Ordinal) ? "ftp" : "scm").Order());
        Assert.All(passwords, policy => Assert.False((bool)policy["properties"]!["allow"]!));
    }

    [Fact]
    public void Functions_app_accepts_https_only()
    {
        var app = template.Find("functions", "Microsoft.Web/sites")["properties"]!;
        Assert.True((bool)app["httpsOnly"]!);
        Assert.Equal("1.2", (string?)app["siteConfig"]!["minTlsVersion"]);
        Assert.Equal("1.2", (string?)app["siteConfig"]!["scmMinTlsVersion"]);
        Assert.Equal("Disabled", (string?)app["siteConfig"]!["ftpsState"]);
        Assert.Equal("dotnet-isolated", (string?)app["functionAppConfig"]!["runtime"]!["name"]);
        Assert.Equal(Environment.Version.ToString(2), (string?)app["functionAppConfig"]!["runtime"]!["version"]);
        Assert.False((bool)template.Find("uploads",
            "Microsoft.App/containerApps")["properties"]!["configuration"]!["ingress"]!["allowInsecure"]!);
    }
}
