using Azure;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Storage;

/// <summary>
/// A restoration touches what it needs, so that a process that has read the rows before - a collector that would remove a link,
/// a delete that would remove the manifest - finds them changed, and removes nothing.
/// </summary>
public sealed class RestoreTouchTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    readonly string _name = TestRegistry.NewName();

    [Fact]
    public async Task Restore_of_a_manifest_invalidates_earlier_reads_of_its_blobs_and_children()
    {
        var layer = RandomBytes(10);
        var child = await registry.Client.PushImageAsync(_name, null, layer);
        var index = OciContent.Index(child).ToBytes();
        using var put = await registry.Client.PutManifestAsync(_name, DigestOf(index), index, MediaType.OciIndex);
        await DeleteAsync(DigestOf(index));
        var rows = await ReadAsync($"m:{DigestOf(child)}");
        await RestoreAsync(DigestOf(index));
        await AssertRemovesNothingAsync(rows);

        await DeleteAsync(DigestOf(index));
        await DeleteAsync(DigestOf(child));
        rows = await ReadAsync($"b:{DigestOf(layer)}", $"b:{DigestOf("{}"u8.ToArray())}");
        await RestoreAsync(DigestOf(child));
        await AssertRemovesNothingAsync(rows);
    }

    [Fact]
    public async Task Restore_of_a_manifest_invalidates_earlier_reads_of_blobs_that_were_missing_at_its_push()
    {
        var layer = RandomBytes(10);
        var manifest = System.Text.Encoding.UTF8.GetBytes($"[\"{DigestOf(layer)}\"]");
        using var put = await registry.Client.PutManifestAsync(_name, DigestOf(manifest), manifest, "application/vnd.example");
        await registry.Client.PushBlobAsync(_name, layer);
        await DeleteAsync(DigestOf(manifest));
        var rows = await ReadAsync($"b:{DigestOf(layer)}");
        await RestoreAsync(DigestOf(manifest));
        await AssertRemovesNothingAsync(rows);
    }

    [Fact]
    public async Task Restore_of_a_tag_invalidates_earlier_reads_of_its_manifest()
    {
        var image = await registry.Client.PushImageAsync(_name, "v1", RandomBytes(10));
        await DeleteAsync("v1");
        var rows = await ReadAsync($"m:{DigestOf(image)}");
        await RestoreAsync("v1");
        await AssertRemovesNothingAsync(rows);
        Assert.Equal(image, await registry.Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));
    }

    [Fact]
    public async Task Restore_of_a_manifest_that_was_pushed_again_invalidates_earlier_reads()
    {
        var image = await registry.Client.PushImageAsync(_name, null, RandomBytes(10));
        await DeleteAsync(DigestOf(image));
        using var put = await registry.Client.PutManifestAsync(_name, DigestOf(image), image);
        var rows = await ReadAsync($"m:{DigestOf(image)}");
        await RestoreAsync(DigestOf(image));
        await AssertRemovesNothingAsync(rows);
        Assert.Empty((await registry.Get<DeletedStore>().ListAsync(RepositoryName.Parse(_name),
            last: null, 100, CancellationToken.None)).Items);
    }

    async Task DeleteAsync(string reference)
    {
        using var deleted = await registry.Client.DeleteAsync($"/v2/{_name}/manifests/{reference}");
        deleted.EnsureSuccessStatusCode();
    }

    async Task RestoreAsync(string text)
    {
        Assert.True(Reference.TryParse(text, out var reference));
        var result = await registry.Get<DeletedStore>().RestoreAsync(RepositoryName.Parse(_name), reference, CancellationToken.None);
        Assert.Equal(RestoreStatus.Restored, result.Status);
    }

    async Task<List<TableEntity>> ReadAsync(params string[] rows)
    {
        var table = new TableClient(await SharedAzurite.GetConnectionStringAsync(), "repositories");
        var read = new List<TableEntity>();
        foreach (var row in rows) read.Add((await table.GetEntityAsync<TableEntity>(_name.Replace('/', ':'), row)).Value);
        return read;
    }

    /// <summary>The storage refuses to delete the rows on the condition that they are unchanged since they were read.</summary>
    static async Task AssertRemovesNothingAsync(List<TableEntity> rows)
    {
        var table = new TableClient(await SharedAzurite.GetConnectionStringAsync(), "repositories");
        foreach (var row in rows)
        {
            var refused = await Assert.ThrowsAsync<RequestFailedException>(() => table.DeleteEntityAsync(row, row.ETag));
            Assert.Equal(412, refused.Status);
        }
    }
}
