using Registry.Policies;

namespace Registry.Server;

/// <summary>What is printed when the server is ready: where it listens, who may use it, and lines to try that work as they stand.</summary>
static class Banner
{
    public static string For(Uri address, string storage, Policy policy)
    {
        // Clients take 127.0.0.1 and localhost for a registry without TLS; oras wants to be told.
        var host = address.Authority.Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal);
        var plain = address.Scheme == Uri.UriSchemeHttp ? "--plain-http " : "";
        var push = $"""

              echo hi > hi.txt && oras push {plain}{host}/hello:v1 hi.txt && oras pull {plain}-o out {host}/hello:v1
              crane manifest {host}/hello:v1
              docker tag IMAGE {host}/image:v1 && docker push {host}/image:v1

            """;
        return $"""
            The registry is at {address.Scheme}://{host}, its storage is {storage}. Open it in a browser to look inside. Ctrl-C ends it.
            {Describe(policy)}
            {(policy == Policy.Open ? push : "")}
            """;
    }

    static string Describe(Policy policy) =>
        policy == Policy.Open ? "There is no policy, so every program on this machine may pull, push and delete. Nobody else can reach it."
        : policy.HasAccounts ? "Its policy says who may do what. Clients log in with oras login, docker login and the like."
        : "Its policy says who may do what, and knows nobody to log in as.";
}
