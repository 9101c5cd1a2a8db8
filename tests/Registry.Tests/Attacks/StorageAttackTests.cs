using System.Net;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Data.Tables.Sas;
using Registry.Server.Azurite;
using Registry.Tests.Server;
using Xunit;

namespace Registry.Tests.Attacks;

/// <summary>Attacks on the Azurite of the real server, which listens on a port that every web page can send requests to.</summary>
public sealed class StorageAttackTests : IDisposable
{
    const string Account = "devstoreaccount1";

    /// <summary>The emulator's key that everybody knows.</summary>
    const string KnownKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    readonly string _folder = Directory.CreateTempSubdirectory("registry-attack-").FullName;

    // S1 (docs/design/hardening.md)
    [Fact]
    public async Task A_batch_of_a_web_page_with_the_well_known_key_changes_nothing()
    {
        var (server, _) = await ServerProcess.StartAsync(_folder);
        await using (server)
        {
            var (blobs, tables, key) = Read();
            using var browser = new HttpClient();
            Assert.Equal(HttpStatusCode.Forbidden, await PlantAsync(browser, tables, KnownKey, "attacker"));
            foreach (var path in new[]
            {
                $"{tables}/Tables", $"{tables}/access()", $"{blobs}?comp=list", $"{blobs}/blobs?restype=container&comp=list",
            })
            {
                using var answer = await browser.GetAsync(path);
                Assert.True(answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound, $"{path}: {answer.StatusCode}");
            }
            var access = new TableClient(tables, "access", new TableSharedKeyCredential(Account, key));
            Assert.False((await access.GetEntityIfExistsAsync<TableEntity>("attacker", "x")).HasValue);
            // The same request is right in all but the key.
            Assert.Equal(HttpStatusCode.Accepted, await PlantAsync(browser, tables, key, "owner"));
            Assert.True((await access.GetEntityIfExistsAsync<TableEntity>("owner", "x")).HasValue);
        }
    }

    // S1: a folder from before there was a key
    [Fact]
    public async Task An_existing_folder_becomes_private_and_keeps_its_content()
    {
        await using (var first = await AzuriteProcess.StartAsync(_folder, Console.Out, CancellationToken.None))
            await new TableClient(first.ConnectionString, "kept").CreateAsync();
        var keyFile = Path.Combine(_folder, ".azurite.key");
        var before = await File.ReadAllTextAsync(keyFile);
        File.Delete(keyFile);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        await using (var second = await AzuriteProcess.StartAsync(_folder, Console.Out, CancellationToken.None))
        {
            var tables = new TableServiceClient(second.ConnectionString).QueryAsync();
            Assert.Equal(["kept"], await tables.Select(table => table.Name).ToListAsync());
        }
        Assert.NotEqual(before, await File.ReadAllTextAsync(keyFile));
        Assert.NotEqual(KnownKey, await File.ReadAllTextAsync(keyFile));
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(keyFile));
        // As a restored copy of the folder may have it.
        File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Assert.Equal(await File.ReadAllTextAsync(keyFile), DataFolder.Open(_folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(keyFile));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    (Uri Blobs, Uri Tables, string Key) Read()
    {
        var ports = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, ".azurite.ports"))).RootElement;
        Uri AddressAt(string port) => new($"http://127.0.0.1:{ports.GetProperty(port).GetInt32()}/{Account}");
        return (AddressAt("blobPort"), AddressAt("tablePort"), File.ReadAllText(Path.Combine(_folder, ".azurite.key")));
    }

    /// <summary>Writes a row into the table of token keys, as a page can: a "simple" request, which needs no preflight.</summary>
    static async Task<HttpStatusCode> PlantAsync(HttpClient browser, Uri tables, string key, string partition)
    {
        var signature = new TableAccountSasBuilder(
            TableAccountSasPermissions.All, TableAccountSasResourceTypes.All, DateTimeOffset.UtcNow.AddHours(1))
            .Sign(new TableSharedKeyCredential(Account, key));
        var batch = $$"""
            --batch_a
            Content-Type: multipart/mixed; boundary=changeset_b

            --changeset_b
            Content-Type: application/http
            Content-Transfer-Encoding: binary

            POST {{tables}}/access HTTP/1.1
            Accept: application/json;odata=minimalmetadata
            Content-Type: application/json
            DataServiceVersion: 3.0
            Prefer: return-no-content

            {"PartitionKey":"{{partition}}","RowKey":"x"}
            --changeset_b--
            --batch_a--

            """.ReplaceLineEndings("\r\n");
        using var body = new StringContent(batch, Encoding.UTF8, "text/plain");
        using var answer = await browser.PostAsync($"{tables}/$batch?{signature}", body);
        return answer.StatusCode;
    }
}
