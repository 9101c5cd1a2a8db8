using Registry.Policies;

namespace Registry.Server;

/// <summary>The text printed when the server is ready: its address, its policy, and commands to try.</summary>
static class Banner
{
    public static string For(Uri address, string storage, Policy policy)
    {
        // Most clients use plain HTTP for 127.0.0.1 and localhost; oras needs a switch.
        var host = address.Authority
            .Replace("[::]", "localhost", StringComparison.Ordinal)
            .Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal);
        var plain = address.Scheme == Uri.UriSchemeHttp ? "--plain-http " : "";
        var push = $"""

              echo hi > hi.txt && oras push {plain}{host}/hello:v1 hi.txt && oras pull {plain}-o out {host}/hello:v1
              crane manifest {host}/hello:v1
              docker tag IMAGE {host}/image:v1 && docker push {host}/image:v1

            """;
        return $"""
            The registry is at {address.Scheme}://{host}, its storage is {storage}. The same address in a browser is its web UI.
            Ctrl-C stops it.
            {Describe(policy)}
            {(policy == Policy.Open ? push : "")}
            """;
    }

    static string Describe(Policy policy) =>
        policy == Policy.Open ? "Without a policy, every program on this machine may pull, push and delete. Other machines cannot reach it."
        : policy.HasAccounts ? "A policy is in force. Clients authenticate with oras login, docker login or the like."
        : "A policy is in force. It has no robots or issuers, so all clients are anonymous.";
}
