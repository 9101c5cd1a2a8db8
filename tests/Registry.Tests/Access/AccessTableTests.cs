using System.Net.Http.Headers;
using Registry.Http;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Access;

/// <summary>
/// Every endpoint × every caller × every kind of repository, once with credentials on each request and once with a token.
/// </summary>
public class AccessTableTests(AccessFixture fixture) : IClassFixture<AccessFixture>
{
    /// <summary>
    /// The columns of <see cref="s_verdicts"/>: the caller's own repository, a foreign one, a public one, and the first two
    /// where the repository does not exist.
    /// </summary>
    static readonly string[] s_repositories = ["own", "foreign", "public", "own, missing", "foreign, missing"];

    /// <summary>L: allowed. C: challenged (401). D: denied (403).</summary>
    static readonly Dictionary<(string Needed, string Who), string> s_verdicts = new()
    {
        [("pull", "anonymous")] = "CCLCC",
        [("pull", "wrong")] = "CCCCC",
        [("pull", "stranger")] = "DDLDD",
        [("pull", "reader")] = "LDLLD",
        [("pull", "pusher")] = "LDLLD",
        [("pull", "github")] = "LDLLD",
        [("pull", "entra")] = "LDLLD",
        [("pull", "owner")] = "LDLLD",
        [("push", "anonymous")] = "CCCCC",
        [("push", "wrong")] = "CCCCC",
        [("push", "stranger")] = "DDDDD",
        [("push", "reader")] = "DDDDD",
        [("push", "pusher")] = "LDDLD",
        [("push", "github")] = "LDDLD",
        [("push", "entra")] = "LDDLD",
        [("push", "owner")] = "LDDLD",
        [("delete", "anonymous")] = "CCCCC",
        [("delete", "wrong")] = "CCCCC",
        [("delete", "stranger")] = "DDDDD",
        [("delete", "reader")] = "DDDDD",
        [("delete", "pusher")] = "DDDDD",
        [("delete", "github")] = "DDDDD",
        [("delete", "entra")] = "DDDDD",
        [("delete", "owner")] = "LDDLD",
        [("admin", "anonymous")] = "CCCCC",
        [("admin", "wrong")] = "CCCCC",
        [("admin", "stranger")] = "DDDDD",
        [("admin", "reader")] = "DDDDD",
        [("admin", "pusher")] = "DDDDD",
        [("admin", "github")] = "DDDDD",
        [("admin", "entra")] = "DDDDD",
        [("admin", "owner")] = "LDDLD",
    };

    /// <summary>
    /// The permission that each endpoint in a repository needs, and its status for an allowed caller: with existing content,
    /// and without.
    /// </summary>
    static readonly Dictionary<(Type Route, string Method), (string Needed, int Found, int Missing)> s_endpoints = new()
    {
        [(typeof(Route.Blob), "GET")] = ("pull", 200, 404),
        [(typeof(Route.Blob), "HEAD")] = ("pull", 200, 404),
        [(typeof(Route.Blob), "DELETE")] = ("delete", 202, 404),
        [(typeof(Route.Uploads), "POST")] = ("push", 202, 202),
        [(typeof(Route.Upload), "GET")] = ("push", 204, 404),
        [(typeof(Route.Upload), "HEAD")] = ("push", 204, 404),
        [(typeof(Route.Upload), "PATCH")] = ("push", 202, 404),
        [(typeof(Route.Upload), "PUT")] = ("push", 201, 404),
        [(typeof(Route.Upload), "DELETE")] = ("push", 204, 404),
        [(typeof(Route.Manifest), "GET")] = ("pull", 200, 404),
        [(typeof(Route.Manifest), "HEAD")] = ("pull", 200, 404),
        [(typeof(Route.Manifest), "PUT")] = ("push", 201, 400),
        [(typeof(Route.Manifest), "DELETE")] = ("delete", 202, 404),
        [(typeof(Route.Tags), "GET")] = ("pull", 200, 404),
        [(typeof(Route.Tags), "HEAD")] = ("pull", 200, 404),
        [(typeof(Route.TagDetails), "GET")] = ("pull", 200, 404),
        [(typeof(Route.TagDetails), "HEAD")] = ("pull", 200, 404),
        [(typeof(Route.Usage), "GET")] = ("admin", 200, 404),
        [(typeof(Route.Usage), "HEAD")] = ("admin", 200, 404),
        [(typeof(Route.RepositoryContent), "DELETE")] = ("admin", 202, 404),
        [(typeof(Route.DeletePreview), "GET")] = ("delete", 200, 404),
        [(typeof(Route.DeletePreview), "HEAD")] = ("delete", 200, 404),
        [(typeof(Route.DeletedList), "GET")] = ("delete", 200, 200),
        [(typeof(Route.DeletedList), "HEAD")] = ("delete", 200, 200),
        [(typeof(Route.Deleted), "POST")] = ("push", 200, 404),
        [(typeof(Route.Deleted), "DELETE")] = ("admin", 202, 404),
        [(typeof(Route.Referrers), "GET")] = ("pull", 200, 200),
        [(typeof(Route.Referrers), "HEAD")] = ("pull", 200, 200),
    };

    /// <summary>Endpoints outside repositories: the status for anonymous, for wrong credentials, and for all others.</summary>
    static readonly Dictionary<(Type Route, string Method), (int Anonymous, int Wrong, int Known)> s_others = new()
    {
        [(typeof(Route.Version), "GET")] = (401, 401, 200),
        [(typeof(Route.Version), "HEAD")] = (401, 401, 200),
        // With a token, anonymous lists what is public (TokenEndpointTests).
        [(typeof(Route.Catalog), "GET")] = (401, 401, 200),
        [(typeof(Route.Catalog), "HEAD")] = (401, 401, 200),
        // The first lists the caller's own repositories, which may be none; the second is for owners of everything only.
        [(typeof(Route.UsageList), "GET")] = (401, 401, 200),
        [(typeof(Route.UsageList), "HEAD")] = (401, 401, 200),
        [(typeof(Route.Collections), "GET")] = (401, 401, 403),
        [(typeof(Route.Collections), "HEAD")] = (401, 401, 403),
        [(typeof(Route.Token), "GET")] = (200, 401, 200),
        // Without a form, for any caller.
        [(typeof(Route.Token), "POST")] = (400, 400, 400),
    };

    static readonly string[] s_methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"];

    static readonly string[] s_everybody = [.. s_verdicts.Keys.Select(key => key.Who).Distinct()];

    [Fact]
    public void Table_is_complete()
    {
        var endpoints = typeof(Route).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(Route)))
            .SelectMany(type => MethodsOf(type).Select(method => (type, method))).ToHashSet();
        Assert.True(endpoints.Count > 20, $"Only {endpoints.Count} endpoints were found.");
        Assert.Equal(endpoints.OrderBy(Text), s_endpoints.Keys.Concat(s_others.Keys).OrderBy(Text));
        Assert.Equal(s_everybody.Length * 4, s_verdicts.Count);
        Assert.All(s_verdicts.Values, verdicts => Assert.Equal(s_repositories.Length, verdicts.Length));

        static string Text((Type, string) endpoint) => endpoint.ToString();
        // The methods of a path do not depend on its parts.
        static IEnumerable<string> MethodsOf(Type type) =>
            ((Route)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type)).Allow.Split(", ");
    }

    /// <summary>Every served method is one that the route declares, and is in the table.</summary>
    [Fact]
    public async Task Paths_serve_only_the_methods_that_they_declare()
    {
        var (name, digest) = (fixture.NewName("own"), DigestOf([]));
        foreach (var path in new[] { "/v2/", "/v2/_catalog", "/v2/token", $"/v2/{name}/blobs/{digest}", $"/v2/{name}/blobs/uploads/",
            $"/v2/{name}/blobs/uploads/{Guid.NewGuid()}", $"/v2/{name}/manifests/v1", $"/v2/{name}/tags/list",
            $"/v2/{name}/referrers/{digest}", $"/v2/{name}/_registry/deleted/list", $"/v2/{name}/_registry/deleted/manifests/v1",
            $"/v2/{name}/_registry/deleted/preview/v1", $"/v2/{name}/_registry/tags/list",
            $"/v2/{name}/_registry/usage/latest", $"/v2/{name}/_registry/repository/content",
            "/v2/_registry/usage/list", "/v2/_registry/collections/list" })
        {
            var allowed = Route.Parse(path).Route!.Allow.Split(", ");
            foreach (var method in s_methods.Except(allowed))
            {
                using var request = new HttpRequestMessage(new(method), path);
                using var answer = await fixture.Owner.SendAsync(request);
                Assert.Equal((path, method, 405), (path, method, (int)answer.StatusCode));
                Assert.Equal(allowed, answer.Content.Headers.Allow);
            }
        }
    }

    public static TheoryData<string, bool> Everybody()
    {
        var data = new TheoryData<string, bool>();
        foreach (var who in s_everybody)
        {
            data.Add(who, false);
            if (who != "wrong") data.Add(who, true);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Everybody))]
    public async Task Every_caller_gets_the_status_of_the_table(string who, bool byToken)
    {
        var wrong = new List<string>();
        foreach (var ((route, method), (needed, found, missing)) in s_endpoints)
        {
            for (var column = 0; column < s_repositories.Length; column++)
            {
                var (exists, kind) = (!s_repositories[column].EndsWith("missing", StringComparison.Ordinal),
                    s_repositories[column].Split(',')[0]);
                var isAllowed = s_verdicts[(needed, who)][column] == 'L';
                var target = await fixture.Targets.PrepareAsync(route,
                    method, kind, exists, mayChange: isAllowed && method is not ("GET" or "HEAD"));
                var login = byToken ? await fixture.BearerOf(who, $"repository:{target.Name}:*") : LoginFor(who);
                var before = fixture.Registry.Transactions;
                using var answer = await fixture.SendAsync(method, target.Path, login, target.Body);
                var expected = s_verdicts[(needed, who)][column] switch { 'L' => exists ? found : missing, 'C' => 401, _ => 403 };
                if ((int)answer.StatusCode != expected)
                    wrong.Add($"{method} {route.Name} in {s_repositories[column]}: {(int)answer.StatusCode}, not {expected}");
                if (expected is not (401 or 403)) continue;
                if (fixture.Registry.Transactions != before)
                    wrong.Add($"{method} {route.Name} in {s_repositories[column]}: the storage was asked before the refusal");
                if (expected == 401 && answer.Headers.WwwAuthenticate.Count != 1)
                    wrong.Add($"{method} {route.Name} in {s_repositories[column]}: no challenge");
            }
        }
        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Everybody))]
    public async Task Every_caller_gets_the_status_of_the_table_outside_repositories(string who, bool byToken)
    {
        foreach (var ((route, method), statuses) in s_others)
        {
            var (anonymous, wrong, known) = statuses;
            var path = route.Name switch
            {
                nameof(Route.Version) => "/v2/",
                nameof(Route.Catalog) => "/v2/_catalog",
                nameof(Route.UsageList) => "/v2/_registry/usage/list",
                nameof(Route.Collections) => "/v2/_registry/collections/list",
                _ => "/v2/token",
            };
            using var answer = await fixture.SendAsync(method,
                path, byToken ? await fixture.BearerOf(who, "registry:catalog:*") : LoginFor(who));
            // A token cannot request a token; with a token, anonymous may list the catalog too.
            if (byToken && route == typeof(Route.Token) && method == "GET") known = anonymous = 401;
            if (byToken && (route == typeof(Route.Catalog) || route == typeof(Route.UsageList))) anonymous = 200;
            if (byToken && route == typeof(Route.Collections)) anonymous = 403;
            var expected = who switch { "anonymous" => anonymous, "wrong" => wrong, _ => known };
            Assert.Equal((method, path, expected), (method, path, (int)answer.StatusCode));
        }
    }

    /// <summary>
    /// Foreign and missing repositories cannot be distinguished, by any caller and any way of authentication.
    /// </summary>
    [Fact]
    public async Task Refusals_do_not_reveal_whether_content_exists()
    {
        // A registry that has not seen the wrong credentials of other tests: after a hundred, it checks none from this address.
        await using var registry = await TestRegistry.StartAsync(options => options.Policy = fixture.Policy);
        foreach (var who in s_everybody)
        {
            foreach (var (route, method) in s_endpoints.Keys)
            {
                var answers = new List<string>();
                foreach (var exists in new[] { true, false })
                {
                    var target = await fixture.Targets.PrepareAsync(route, method, "foreign", exists, mayChange: false);
                    using var request = new HttpRequestMessage(new(method), target.Path)
                    {
                        Content = target.Body,
                        Headers = { Authorization = LoginFor(who) },
                    };
                    using var answer = await registry.Client.SendAsync(request);
                    var headers = string.Join('\n', answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key != "Date")
                        .OrderBy(header => header.Key).Select(header => $"{header.Key}: {string.Join(", ", header.Value)}"));
                    answers.Add($"{answer.StatusCode}\n{headers}\n{await answer.Content.ReadAsStringAsync()}".Replace(target.Name,
                        "NAME", StringComparison.Ordinal).Replace(registry.Host, "HOST", StringComparison.Ordinal));
                }
                Assert.DoesNotContain(nameof(System.Net.HttpStatusCode.TooManyRequests), answers[0], StringComparison.Ordinal);
                Assert.Equal(answers[0], answers[1]);
            }
        }
    }

    AuthenticationHeaderValue? LoginFor(string who) =>
        // Repeated wrong passwords from an address are throttled; tokens are not.
        who == "wrong" ? new("Bearer", "regtok_wrong") : fixture.BasicOf(who);
}
