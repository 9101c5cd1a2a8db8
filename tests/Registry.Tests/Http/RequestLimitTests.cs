using System.Net;
using System.Text;
using Xunit;

namespace Registry.Tests.Http;

/// <summary>Errors for requests that are too long, and headers that say how to go on.</summary>
public class RequestLimitTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    // P9 (docs/design/hardening.md)
    [Theory]
    [InlineData(9_000, 0, HttpStatusCode.RequestUriTooLong)]
    [InlineData(20_000, 0, HttpStatusCode.RequestUriTooLong)]
    [InlineData(0, 40_000, HttpStatusCode.RequestHeaderFieldsTooLarge)]
    [InlineData(8_000, 30_000, HttpStatusCode.OK)]
    public async Task Long_request_is_refused_with_an_error_of_the_spec(int query, int header, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/?x=" + new string('x', query));
        if (header > 0) request.Headers.Add("X-Long", new string('x', header));
        using var response = await registry.Client.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
        if (expected != HttpStatusCode.OK)
            Assert.Contains("\"UNSUPPORTED\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // P9 (docs/design/hardening.md)
    [Theory]
    [InlineData("PATCH", "")]
    [InlineData("PUT", "&digest=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public async Task Chunk_out_of_order_is_told_where_to_resume(string method, string query)
    {
        using var begun = await registry.Client.PostAsync($"/v2/{TestRegistry.NewName()}/blobs/uploads/", null);
        var location = begun.Headers.Location!.OriginalString;
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes("0123456789"));
        using var appended = await registry.Client.PatchAsync(location, content);
        using var late = new HttpRequestMessage(new HttpMethod(method), location + query) { Content = new ByteArrayContent(new byte[5]) };
        late.Content.Headers.TryAddWithoutValidation("Content-Range", "20-24");
        using var refused = await registry.Client.SendAsync(late);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, refused.StatusCode);
        Assert.Equal(OciContent.SessionOf(location), OciContent.SessionOf(refused.Headers.Location!.OriginalString));
        Assert.Equal("0-9", refused.Headers.GetValues("Range").Single());
        Assert.Equal(begun.Headers.GetValues("Docker-Upload-UUID"), refused.Headers.GetValues("Docker-Upload-UUID"));
    }
}
