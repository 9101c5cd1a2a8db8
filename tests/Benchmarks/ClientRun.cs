using Registry.Tests.Clients;

namespace Registry.Benchmarks;

/// <summary>Runs clients in a folder and home directory of their own.</summary>
sealed class ClientRun(string folder)
{
    readonly Dictionary<string, string> _environment = new()
    {
        ["HOME"] = folder,
        ["XDG_RUNTIME_DIR"] = folder,
        ["TMPDIR"] = folder,
        // As root, skopeo would record in /var where it saw which layer.
        ["_CONTAINERS_ROOTLESS_UID"] = "1000",
    };

    public async Task RunAsync(string client, string arguments)
    {
        var program = await ClientPrograms.FindAsync(client);
        (await Command.RunAsync(program.Path, arguments.Split(' '), folder, _environment, TimeSpan.FromMinutes(10))).Succeeded();
    }
}
