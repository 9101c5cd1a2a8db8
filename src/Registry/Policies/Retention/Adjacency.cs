namespace Registry.Policies;

/// <summary>Adjacency lists of a directed graph, in two arrays.</summary>
sealed class Adjacency
{
    readonly int[] _starts;
    readonly int[] _targets;

    public Adjacency(int nodes, List<(int From, int To)> edges)
    {
        _starts = new int[nodes + 1];
        _targets = new int[edges.Count];
        foreach (var (from, _) in edges) _starts[from + 1]++;
        for (var i = 0; i < nodes; i++) _starts[i + 1] += _starts[i];
        var next = _starts.AsSpan(0, nodes).ToArray();
        foreach (var (from, to) in edges) _targets[next[from]++] = to;
    }

    public ReadOnlySpan<int> Of(int node) => _targets.AsSpan(_starts[node].._starts[node + 1]);
}
