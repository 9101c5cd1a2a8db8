using System.Globalization;

namespace Registry.Benchmarks;

/// <summary>Options of a run; each has a value, and may be given several times.</summary>
sealed class Arguments
{
    readonly ILookup<string, string> _values;

    Arguments(ILookup<string, string> values) => _values = values;

    /// <summary>Reads options.</summary>
    /// <param name="args">Names and values in turn.</param>
    /// <param name="known">Names of the options.</param>
    /// <exception cref="ArgumentException">An option is unknown or has no value.</exception>
    public static Arguments Parse(IReadOnlyList<string> args, params string[] known)
    {
        var pairs = args.Chunk(2).ToList();
        foreach (var pair in pairs)
        {
            if (!known.Contains(pair[0])) throw new ArgumentException($"Unknown option {pair[0]}. Options: {string.Join(", ", known)}.");
            if (pair.Length < 2) throw new ArgumentException($"{pair[0]} needs a value.");
        }
        return new(pairs.ToLookup(pair => pair[0], pair => pair[1]));
    }

    /// <summary>All values of an option.</summary>
    public IEnumerable<string> All(string name) => _values[name];

    /// <summary>The last value of an option, or null.</summary>
    public string? Text(string name) => _values[name].LastOrDefault();

    public int Number(string name, int otherwise) =>
        Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Values of an option that are separated by commas.</summary>
    public IReadOnlyList<string> List(string name, string otherwise) =>
        (Text(name) ?? otherwise).Split(',', StringSplitOptions.RemoveEmptyEntries);
}
