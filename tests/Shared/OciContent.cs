using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Oci;
using Xunit;

namespace Registry.Tests;

/// <summary>Content to push, and how a client pushes it.</summary>
static class OciContent
{
    public static byte[] RandomBytes(int length) => RandomNumberGenerator.GetBytes(length);

    public static string DigestOf(byte[] content) => DigestAlgorithm.Sha256.Of(content).ToString();

    public static string Sha512Of(byte[] content) => DigestAlgorithm.Sha512.Of(content).ToString();

    public static JsonObject Descriptor(byte[] content, string mediaType = "application/vnd.oci.image.layer.v1.tar") => new()
    {
        ["mediaType"] = mediaType,
        ["digest"] = DigestOf(content),
        ["size"] = content.Length,
    };

    /// <summary>An image manifest of these layers, whose config is the empty object.</summary>
    public static JsonObject Image(params byte[][] layers) => new()
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = MediaType.OciManifest,
        ["config"] = Descriptor("{}"u8.ToArray(), "application/vnd.oci.empty.v1+json"),
        ["layers"] = new JsonArray([.. layers.Select(layer => Descriptor(layer))]),
    };

    public static JsonObject Index(params byte[][] manifests) => new()
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = MediaType.OciIndex,
        ["manifests"] = new JsonArray([.. manifests.Select(manifest => Descriptor(manifest, MediaType.OciManifest))]),
    };

    public static byte[] ToBytes(this JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString());

    public static ByteArrayContent Body(byte[] content, string? mediaType = null)
    {
        var body = new ByteArrayContent(content);
        if (mediaType is not null) body.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        return body;
    }

    /// <summary>Begins an upload and returns its location.</summary>
    public static async Task<string> BeginUploadAsync(this HttpClient client, string name, string query = "")
    {
        using var begun = await client.PostAsync($"/v2/{name}/blobs/uploads/{query}", null);
        Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);
        return begun.Headers.Location!.ToString();
    }

    /// <summary>Appends a chunk to an upload and returns its next location.</summary>
    public static async Task<string> AppendAsync(this HttpClient client, string location, byte[] content)
    {
        using var patched = await client.PatchAsync(location, Body(content));
        Assert.Equal(HttpStatusCode.Accepted, patched.StatusCode);
        return patched.Headers.Location!.ToString();
    }

    /// <summary>The id of the upload session in a location.</summary>
    public static string SessionOf(string location) => location.Split('/')[^1].Split('?')[0];

    /// <summary>The URL that ends an upload; the location may have a query of its own.</summary>
    public static string Closing(string location, string digest) =>
        $"{location}{(location.Contains('?', StringComparison.Ordinal) ? '&' : '?')}digest={digest}";

    public static async Task PushBlobAsync(this HttpClient client, string name, byte[] content)
    {
        var location = await client.BeginUploadAsync(name);
        using var put = await client.PutAsync(Closing(location, DigestOf(content)), Body(content));
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
    }

    /// <summary>
    /// Pushes a blob with one POST if the registry accepts that, which costs the storage least; else ends the upload as the
    /// specification describes.
    /// </summary>
    public static async Task PostBlobAsync(this HttpClient client, string name, byte[] content)
    {
        using var posted = await client.PostAsync($"/v2/{name}/blobs/uploads/?digest={DigestOf(content)}", Body(content));
        if (posted.StatusCode == HttpStatusCode.Accepted)
        {
            using var put = await client.PutAsync(Closing(posted.Headers.Location!.ToString(), DigestOf(content)), Body(content));
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
            return;
        }
        Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
    }

    /// <summary>Puts a manifest under a tag or its digest.</summary>
    public static Task<HttpResponseMessage> PutManifestAsync(
        this HttpClient client, string name, string reference, byte[] manifest, string? mediaType = MediaType.OciManifest) =>
        client.PutAsync($"/v2/{name}/manifests/{reference}", Body(manifest, mediaType));

    /// <summary>Pushes an image with its layers and the empty config, and returns the bytes of its manifest.</summary>
    public static async Task<byte[]> PushImageAsync(this HttpClient client, string name, string? tag, params byte[][] layers)
    {
        await client.PostBlobAsync(name, "{}"u8.ToArray());
        foreach (var layer in layers) await client.PostBlobAsync(name, layer);
        var manifest = Image(layers).ToBytes();
        using var put = await client.PutManifestAsync(name, tag ?? DigestOf(manifest), manifest);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        return manifest;
    }

    public static async Task<JsonNode> GetJsonAsync(this HttpClient client, string path) =>
        JsonNode.Parse(await client.GetStringAsync(path))!;

    /// <summary>
    /// Asserts the status and the error code of an answer, and that its message is not empty and reveals no internals.
    /// </summary>
    public static async Task AssertErrorAsync(this HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"Expected {status}, got {response.StatusCode}: {body}");
        var error = Assert.Single(JsonNode.Parse(body)!["errors"]!.AsArray())!;
        Assert.Equal(code, (string?)error["code"]);
        Assert.True(((string?)error["message"])!.Length > 20);
        Assert.DoesNotContain("Exception", body, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
    }
}
