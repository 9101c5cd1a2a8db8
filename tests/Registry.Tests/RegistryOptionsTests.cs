using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Registry.Access;
using Registry.Oci;
using Registry.Policies;
using Xunit;

namespace Registry.Tests;

/// <summary>Settings as every host reads them.</summary>
public class RegistryOptionsTests
{
    [Fact]
    public void Unknown_setting_is_refused()
    {
        var fault = Assert.Throws<InvalidOperationException>(() => Read(new() { ["Registry:RedirectDownload"] = "true" }));
        Assert.Contains("RedirectDownload", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>A setting that is forgotten, or left empty, must not open the registry.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void Without_a_policy_every_request_is_denied(string? policy) =>
        Assert.Same(Policy.Closed, PolicySource.Read(new RegistryOptions { Policy = policy, PolicyFile = policy }));

    [Theory]
    [InlineData("Registry:PublicUrl", "registry.example.com")]
    [InlineData("Registry:PublicUrl", "https://registry.example.com/?x=1")]
    [InlineData("Registry:PublicUrl", "https://user:password@registry.example.com")]
    [InlineData("Registry:Uploads:Location", "ftp://uploads.example.com")]
    [InlineData("Registry:Uploads:Location", "/uploads")]
    [InlineData("Registry:Uploads:Location", "https://user:password@registry.example.com/uploads")]
    [InlineData("Registry:Uploads:Location", "https://registry.example.com/v2")]
    [InlineData("Registry:Uploads:Location", "https://registry.example.com/V2/uploads")]
    [InlineData("Registry:Uploads:Location", "https://registry.example.com/ui/uploads/")]
    [InlineData("Registry:Uploads:Location", "https://registry.example.com/healthz")]
    [InlineData("Registry:Uploads:Location", "https://registry.example.com/uploads/{path}")]
    [InlineData("Registry:Uploads:Location", "https://registry.example.com/large uploads")]
    [InlineData("Registry:Uploads:Location", "https://registry.example.com//uploads")]
    [InlineData("Registry:Uploads:TokenLifetime", "00:00:00")]
    [InlineData("Registry:Requests:IdleTimeout", "00:00:00")]
    [InlineData("Registry:Requests:BodyTimeout", "00:00:00")]
    [InlineData("Registry:Storage:GracePeriod", "-1.00:00:00")]
    [InlineData("Registry:Storage:TableUri", "https://account.table.core.windows.net")]
    [InlineData("Registry:Policy", "{")]
    [InlineData("Registry:Policy", """{ "rules": [{ "name": "x" }] }""")]
    [InlineData("Registry:Uploads:TokenLifetime", "15")]
    public void Invalid_setting_is_refused_by_its_name(string name, string value)
    {
        var fault = Assert.Throws<OptionsValidationException>(() => Read(new() { [name] = value }));
        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://registry.example.com/uploads")]
    [InlineData("https://registry.example.com/v2-uploads/eu_1/")]
    [InlineData("https://registry.example.com/uploads/v2")]
    [InlineData("https://uploads.example.com")]
    public void Upload_host_may_have_a_plain_path(string location) =>
        Assert.Equal(new Uri(location), Read(new() { ["Registry:Uploads:Location"] = location }).Uploads.Location);

    [Fact]
    public void Sample_for_functions_core_tools_has_known_settings_only()
    {
        var sample = JsonNode.Parse(File.ReadAllText(Path.Combine(SourceTree.Root, "local.settings.sample.json")))![
            "Values"]!.AsObject();
        var options = Read(sample.ToDictionary(setting => setting.Key.Replace("__", ":", StringComparison.Ordinal),
            setting => (string?)setting.Value));
        Assert.Equal("UseDevelopmentStorage=true", options.Storage.ConnectionString);
        Assert.True(options.Storage.ShouldCreate);
        Assert.True(Policy.Parse(options.Policy!).Decide(new Identity.Anonymous(),
            RepositoryName.Parse("a"), RepositoryActions.Admin).Allowed);
    }

    static RegistryOptions Read(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        using var services = new ServiceCollection().AddLogging().AddRegistry(configuration).BuildServiceProvider();
        return services.GetRequiredService<IOptions<RegistryOptions>>().Value;
    }
}
