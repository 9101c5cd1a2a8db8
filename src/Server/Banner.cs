namespace Registry.Server;

/// <summary>What is printed when the server is ready: where it listens, and lines to try that work as they stand.</summary>
static class Banner
{
    public static string For(Uri address, string storage)
    {
        // Clients take 127.0.0.1 and localhost for a registry without TLS; oras wants to be told.
        var host = address.Authority.Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal);
        var plain = address.Scheme == Uri.UriSchemeHttp ? "--plain-http " : "";
        return $"""
            The registry is at {address.Scheme}://{host}, its storage is {storage}. Ctrl-C ends it.

              echo hi > hi.txt && oras push {plain}{host}/hello:v1 hi.txt && oras pull {plain}-o out {host}/hello:v1
              crane manifest {host}/hello:v1
              docker tag IMAGE {host}/image:v1 && docker push {host}/image:v1

            """;
    }
}
