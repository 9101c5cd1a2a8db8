namespace Registry.Policies;

/// <summary>Which manifests of a repository keep others: an index its children, a subject its referrers. Nodes are indexes.</summary>
sealed class ManifestGraph
{
    readonly int _nodes;
    readonly Adjacency _children;
    readonly Adjacency _referrers;
    readonly Adjacency _subjects;
    readonly int[] _component;
    readonly bool _hasCycles;

    public ManifestGraph(int nodes, List<(int Index, int Child)> children, List<(int Subject, int Referrer)> referrers)
    {
        _nodes = nodes;
        _children = new Adjacency(nodes, children);
        _referrers = new Adjacency(nodes, referrers);
        _subjects = new Adjacency(nodes, referrers.ConvertAll(pair => (pair.Referrer, pair.Subject)));
        (_component, _hasCycles) = FindComponents(nodes, _children, _referrers);
    }

    public ReadOnlySpan<int> Children(int node) => _children.Of(node);

    public ReadOnlySpan<int> Referrers(int node) => _referrers.Of(node);

    /// <summary>
    /// A subject with which the manifest is removed; null for none. A subject that the manifest keeps in turn does not count: digests
    /// allow no such cycle, but referrer tags do, and no manifest may be removed only because it is attached to itself.
    /// </summary>
    public int? SubjectOf(int node)
    {
        foreach (var subject in _subjects.Of(node))
            if (_component[subject] != _component[node]) return subject;
        return null;
    }

    /// <summary>Topological order: an index comes before its children, a subject before its referrers.</summary>
    public int[] Order()
    {
        // In a cycle of an index and its own subject, only the order of index and children can be kept.
        var within = _hasCycles ? FindComponents(_nodes, _children, null).Component : _component;
        var (order, keys) = (new int[_nodes], new long[_nodes]);
        for (var i = 0; i < _nodes; i++) (order[i], keys[i]) = (i, ((long)-_component[i] << 32) - within[i]);
        Array.Sort(keys, order);
        return order;
    }

    /// <summary>Numbers the strongly connected components: a node that reaches another component has a higher number.</summary>
    /// <remarks>
    /// R. Tarjan, "Depth-first search and linear graph algorithms", 1972; with an explicit stack, because chains may be long.
    /// </remarks>
    static (int[] Component, bool HasCycles) FindComponents(int nodes, Adjacency children, Adjacency? referrers)
    {
        // For each node: number of its visit (0 for none), the earliest visit that it reaches, and how many of its edges were followed.
        var (visit, low, followed) = (new int[nodes], new int[nodes], new int[nodes]);
        var component = new int[nodes];
        var (path, open) = (new Stack<int>(), new Stack<int>());
        var (visits, components) = (0, 0);
        // From last to first, so that nodes without another constraint stay in the order in which they were given.
        for (var root = nodes - 1; root >= 0; root--)
        {
            if (visit[root] == 0) Visit(root);
            while (path.TryPeek(out var node))
            {
                if (Follow(node) is { } target)
                {
                    if (visit[target] == 0) Visit(target);
                    else if (component[target] == 0) low[node] = Math.Min(low[node], visit[target]);
                    continue;
                }
                path.Pop();
                if (path.TryPeek(out var before)) low[before] = Math.Min(low[before], low[node]);
                if (low[node] == visit[node]) Close(node);
            }
        }
        return (component, components < nodes);

        void Visit(int node)
        {
            visit[node] = low[node] = ++visits;
            path.Push(node);
            open.Push(node);
        }

        int? Follow(int node)
        {
            var i = followed[node]++;
            var own = children.Of(node);
            if (i < own.Length) return own[^(i + 1)];
            var others = referrers is null ? default : referrers.Of(node);
            return i - own.Length < others.Length ? others[^(i - own.Length + 1)] : null;
        }

        void Close(int node)
        {
            components++;
            int member;
            do
            {
                member = open.Pop();
                component[member] = components;
            }
            while (member != node);
        }
    }
}
