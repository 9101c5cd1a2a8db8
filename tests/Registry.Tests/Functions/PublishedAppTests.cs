using System.Reflection.PortableExecutable;
using Registry.Http;
using Xunit;

namespace Registry.Tests.Functions;

/// <summary>The output of <c>dotnet publish src/Functions</c>.</summary>
[Collection(FunctionsApp.Collection)]
public class PublishedAppTests(FunctionsApp app)
{
    [Fact]
    public void Functions_are_those_of_the_documentation()
    {
        var functions = app.Read("functions.metadata").AsArray()
            .Where(function => (string?)function!["name"] != "collect").Select(function =>
        {
            var trigger = function!["bindings"]!.AsArray().Single(binding => (string?)binding!["type"] == "httpTrigger")!;
            Assert.Equal("Anonymous", (string?)trigger["authLevel"]);
            return $"{function["name"]}: {string.Join(',', trigger["methods"]!.AsArray())} {trigger["route"]}";
        });
        Assert.Equal(
            ["delete: delete v2/{**path}", "health: get,head healthz/{probe?}", "home: get,head {root:maxlength(0)?}",
                "pages: get,head ui/{**path}", "preflight: options v2/{**path}",
                "pull: get,head v2/{**path}", "push: post,patch,put v2/{**path}"],
            functions.Order(StringComparer.Ordinal));
        var timer = app.Read("functions.metadata").AsArray()
            .Single(function => (string?)function!["name"] == "collect")!["bindings"]!.AsArray().Single()!;
        Assert.Equal(("timerTrigger", "0 17 * * * *"), ((string?)timer["type"], (string?)timer["schedule"]));
    }

    [Fact]
    public void Every_method_of_every_path_reaches_a_function()
    {
        var name = Registry.Oci.RepositoryName.TryParse("a", out var parsed) ? parsed : throw new InvalidOperationException();
        var digest = Registry.Oci.DigestAlgorithm.Sha256.Of([]);
        Route[] routes =
        [
            new Route.Version(), new Route.Catalog(), new Route.Token(),
                new Route.Blob(name, digest), new Route.Uploads(name), new Route.Upload(name, Guid.Empty),
            new Route.Manifest(name, "v1"), new Route.Tags(name),
                new Route.Referrers(name, digest), new Route.DeletedList(name), new Route.Deleted(name, "v1"),
            new Route.DeletePreview(name, "v1"), new Route.TagDetails(name),
                new Route.Usage(name), new Route.RepositoryContent(name), new Route.UsageList(), new Route.Collections(),
        ];
        Assert.Equal(typeof(Route).GetNestedTypes().Length, routes.Length);
        var reached = app.Read("functions.metadata").AsArray()
            .SelectMany(function => function!["bindings"]!.AsArray())
            .Where(binding => (string?)binding!["route"] == "v2/{**path}")
            .SelectMany(binding => binding!["methods"]!.AsArray())
            .Select(method => ((string?)method)!.ToUpperInvariant())
            .ToList();
        // Preflights have no route of their own.
        Assert.Equal(routes.SelectMany(route => route.Allow.Split(", ")).Append("OPTIONS").Distinct().Order(), reached.Order());
    }

    [Fact]
    public void App_starts_ready_compiled_and_without_route_prefix()
    {
        Assert.Equal("Registry.Functions.dll", (string?)app.Read("worker.config.json")["description"]!["defaultWorkerPath"]);
        Assert.Equal("dotnet-isolated", (string?)app.Read("worker.config.json")["description"]!["language"]);
        Assert.Equal("", (string?)app.Read("host.json")["extensions"]!["http"]!["routePrefix"]);
        Assert.False(File.Exists(app.PathOf("local.settings.json")));
        using var assembly = new PEReader(File.OpenRead(app.PathOf("Registry.dll")));
        Assert.True(assembly.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0, "Registry.dll is not compiled ahead of time.");
    }
}
