using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Registry.Oci;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Backup;

/// <summary>
/// Rows that no client sees are copied too: tombstones, and when manifests were last used. They are copied again after any
/// change.
/// </summary>
public sealed class CopiedRowsTests : BackupTest
{
    readonly string _name = TestRegistry.NewName();

    [Fact]
    public async Task Tombstones_and_use_of_manifests_are_copied()
    {
        var (first, _, large) = await PushAndDeleteAsync();
        await BackUpAsync();

        var rows = await ListAsync(Source, row => !IsServed(row));
        Assert.Contains(rows, row =>
            row.Contains($"\"Pulled\":\"{DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}\"",
            StringComparison.Ordinal));
        foreach (var key in new[] { $"l:{DigestOf(first)}", $"x:{DigestOf(first)}", $"x:{DigestOf(large)}", "x:v2" })
            Assert.Single(rows, row => row.Contains($"\"RowKey\":\"{key}\"", StringComparison.Ordinal));
        Assert.Equal(rows, await ListAsync(Target, row => !IsServed(row)));

        // The bytes of the large manifest are an object, which has another name in the target.
        await using var served = await Target.StartAsync();
        foreach (var manifest in new[] { first, large })
        {
            var result = await served.Get<DeletedStore>().RestoreAsync(RepositoryName.Parse(_name),
                Reference.To(Digest.Parse(DigestOf(manifest))), CancellationToken.None);
            Assert.Equal(RestoreStatus.Restored, result.Status);
            Assert.Equal(manifest, await served.Client.GetByteArrayAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}"));
        }
        await Target.AssertSoundAsync();
    }

    [Fact]
    public async Task Row_is_copied_again_whichever_of_its_columns_has_changed()
    {
        var (first, second, _) = await PushAndDeleteAsync();
        await BackUpAsync();
        var time = new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(6);
        (string Row, string Column, object Value)[] changes =
        [
            ($"l:{DigestOf(first)}", "Pulled", "2020-01-02"),
            ($"l:{DigestOf(first)}", "Untagged", time),
            ("x:v2", "Deleted", time),
            ("x:v2", "DeletedBy", "somebody"),
            ("x:v2", "Digest", DigestOf(first)),
            ($"x:{DigestOf(first)}", "Deleted", time),
            ("t:v1", "Pushed", time),
            ("t:v1", "MediaType", MediaType.DockerManifest),
            ($"m:{DigestOf(second)}", "Pushed", time),
            ($"m:{DigestOf(second)}", "MediaType", MediaType.DockerManifest),
            ($"m:{DigestOf(second)}", "ArtifactType", "text/plain"),
        ];
        foreach (var (row, column, value) in changes)
        {
            await Source.ChangeAsync(_name, row, entity => entity[column] = value);
            var expected = await ListAsync(Source);
            Assert.NotEqual(expected, await ListAsync(Target));
            await BackUpAsync();
            Assert.Equal(expected, await ListAsync(Target));
        }
    }

    /// <summary>
    /// Pushes two tags of two manifests: the first manifest was pulled, lost its tag to the second and was deleted. Also
    /// deletes a tag of the second, and a large manifest.
    /// </summary>
    async Task<(byte[] First, byte[] Second, byte[] Large)> PushAndDeleteAsync()
    {
        var first = await PushImageAsync(_name, "v1", RandomBytes(10));
        await Source.Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1");
        await Source.Registry.Get<PullRecords>().WriteAsync(CancellationToken.None);
        var second = await PushImageAsync(_name, "v1", RandomBytes(10));
        await ExpectAsync(Source.Client.PutManifestAsync(_name, "v2", second), HttpStatusCode.Created);
        var image = Image();
        image["annotations"] = new JsonObject { ["long"] = new string('x', 300_000) };
        var large = image.ToBytes();
        await ExpectAsync(Source.Client.PutManifestAsync(_name, DigestOf(large), large), HttpStatusCode.Created);
        foreach (var reference in new[] { "v2", DigestOf(first), DigestOf(large) })
            await ExpectAsync(Source.Client.DeleteAsync($"/v2/{_name}/manifests/{reference}"), HttpStatusCode.Accepted);
        return (first, second, large);
    }
}
