using Registry.Tests.Clients;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Functions;

/// <summary>Large layers to one name for the Functions app and the container: no byte of a blob passes the Functions app.</summary>
[Collection(FunctionsApp.Collection)]
public class FunctionsOneNameTests(FunctionsOneName name, ITestOutputHelper output)
    : OneNameTest(name, output), IClassFixture<FunctionsOneName>;

public class FunctionsOneName(FunctionsApp app) : OneName
{
    private protected override async Task<TestRegistry> StartRegistryAsync(Uri uploadLocation) => await app.StartAsync(
        new("Registry__Uploads__Location", uploadLocation.ToString()),
        new("Registry__RedirectDownloads", "true"),
        new("Registry__PublicUrl", new Uri(uploadLocation, "/").ToString()));
}
