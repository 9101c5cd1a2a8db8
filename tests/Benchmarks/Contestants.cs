namespace Registry.Benchmarks;

/// <summary>The registries that a run compares.</summary>
sealed class Contestants : IAsyncDisposable
{
    readonly List<Contestant> _all = [];

    /// <summary>The registries in the order of this round.</summary>
    public IReadOnlyList<Contestant> InOrder => _all;

    /// <summary>Starts this registry and those that the options name.</summary>
    /// <param name="options"><c>--peer-build</c>, <c>--distribution</c> and <c>--peer</c>.</param>
    /// <param name="connect">Returns the connection to a storage account, which should be another each time.</param>
    /// <param name="folder">Folder for configurations.</param>
    public static async Task<Contestants> StartAsync(Arguments options, Func<Task<string>> connect, string folder)
    {
        var all = new Contestants();
        all.Add(await Contestant.StartOursAsync(await connect()));
        foreach (var build in options.All("--peer-build")) all.Add(await Contestant.StartBuildAsync(build, await connect()));
        foreach (var program in options.All("--distribution"))
            all.Add(await Contestant.StartDistributionAsync(program, Path.Combine(folder, "distribution"), await connect()));
        foreach (var peer in options.All("--peer")) all.Add(await Contestant.FindAsync(peer));
        return all;
    }

    public void Add(Contestant contestant) => _all.Add(contestant);

    /// <summary>Runs rounds, each with the registries in another order, so that other load on the machine affects all alike.</summary>
    public async Task RunAsync(int rounds, Func<Task> round)
    {
        for (var i = 0; i < rounds; i++)
        {
            await round();
            Add(_all[0]);
            _all.RemoveAt(0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var registry in _all) await registry.DisposeAsync();
    }
}
