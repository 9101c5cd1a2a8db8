using Microsoft.AspNetCore.Http;
using Registry.Http;
using Xunit;

namespace Registry.Tests.Http;

/// <summary>What the Functions app answers where its settings are invalid.</summary>
public class InvalidSettingsTests
{
    [Theory]
    [InlineData("GET", "/v2/", 503, "UNAVAILABLE")]
    [InlineData("PUT", "/v2/a/manifests/v1", 503, "UNAVAILABLE")]
    [InlineData("GET", "/", 503, "UNAVAILABLE")]
    [InlineData("GET", "/healthz", 503, "Unhealthy")]
    [InlineData("GET", "/healthz/live", 200, "Healthy")]
    public async Task Every_request_is_refused(string method, string path, int status, string word)
    {
        var context = new DefaultHttpContext { Request = { Method = method, Path = path }, Response = { Body = new MemoryStream() } };
        await InvalidSettings.RefuseAsync(context);
        context.Response.Body.Position = 0;
        using var reader = new StreamReader(context.Response.Body);
        Assert.Equal(status, context.Response.StatusCode);
        Assert.Contains(word, await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }
}
