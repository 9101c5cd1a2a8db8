namespace Registry.Policies;

/// <summary>Which nodes each node leads to, in two arrays.</summary>
sealed class Adjacency
{
    readonly int[] _starts;
    readonly int[] _targets;

    public Adjacency(int nodes, List<(int From, int To)> arrows)
    {
        _starts = new int[nodes + 1];
        _targets = new int[arrows.Count];
        foreach (var (from, _) in arrows) _starts[from + 1]++;
        for (var i = 0; i < nodes; i++) _starts[i + 1] += _starts[i];
        var next = _starts.AsSpan(0, nodes).ToArray();
        foreach (var (from, to) in arrows) _targets[next[from]++] = to;
    }

    public ReadOnlySpan<int> Of(int node) => _targets.AsSpan(_starts[node].._starts[node + 1]);
}
