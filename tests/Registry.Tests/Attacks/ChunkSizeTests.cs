using Registry.Oci;
using Xunit;

namespace Registry.Tests.Attacks;

/// <summary>Sizes of chunks that are none; found by fuzzing: Kestrel does not report one that is too large as a bad request.</summary>
// F2 (docs/design/hardening.md)
public class ChunkSizeTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    [Theory]
    [InlineData("ffffffffffffffffffffffffffffff")]
    [InlineData("80000000")]
    [InlineData("-1")]
    [InlineData("x")]
    public async Task A_chunk_without_a_valid_size_is_400(string size)
    {
        var name = TestRegistry.NewName();
        var session = await registry.Client.BeginUploadAsync(name);
        foreach (var (request, type) in new[]
        {
            ($"PATCH {session}", "application/octet-stream"),
            ($"PUT {OciContent.Closing(session, OciContent.DigestOf([]))}", "application/octet-stream"),
            ($"POST /v2/{name}/blobs/uploads/?digest={OciContent.DigestOf([])}", "application/octet-stream"),
            ($"PUT /v2/{name}/manifests/v1", MediaType.OciManifest),
            ("POST /v2/token", "application/x-www-form-urlencoded"),
        })
        {
            using var connection = new RawConnection(registry.Address);
            await connection.SendAsync($"{request} HTTP/1.1\r\nHost: {registry.Host}\r\nConnection: close\r\nContent-Type: {type}\r\n"
                + $"Transfer-Encoding: chunked\r\n\r\n{size}\r\nhello\r\n0\r\n\r\n");
            var answer = await connection.ReadToEndAsync(TimeSpan.FromSeconds(20));
            Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        }
    }
}
