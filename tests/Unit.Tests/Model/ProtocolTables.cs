using System.Globalization;
using System.Reflection;
using System.Text;
using Registry.Http;
using Registry.Storage;

namespace Registry.Tests.Model;

/// <summary>
/// The tables of docs/design/protocol.md that the model generates: scenarios and mutations with what was explored, and the steps
/// with the types that take them. Each replaces the text between <c>&lt;!-- generated: NAME --&gt;</c> and
/// <c>&lt;!-- /generated --&gt;</c>.
/// </summary>
static class ProtocolTables
{
    const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    const string End = "<!-- /generated -->";

    /// <summary>The steps of the protocol that the registry's methods are marked with, and the type of each method.</summary>
    public static IEnumerable<(string Type, ProtocolStep Step)> StepsInCode => typeof(RegistryHandler).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods(Declared), (type, method) => (Outermost(type).Name, method))
        .SelectMany(taken => taken.method.GetCustomAttributes<ProtocolStepAttribute>(), (taken, attribute) => (taken.Name, attribute.Step));

    /// <summary>The document with all its generated tables as they are now.</summary>
    /// <exception cref="InvalidOperationException">The document lacks a pair of markers.</exception>
    public static string Fill(string document)
    {
        (string, string)[] tables =
            [("scenarios", ScenarioTable()), ("steps", StepTable()), ("mutations", CaughtTable()), ("needless", NeedlessTable())];
        foreach (var (name, table) in tables)
        {
            var marker = $"<!-- generated: {name} -->";
            var start = document.IndexOf(marker, StringComparison.Ordinal);
            var end = start < 0 ? -1 : document.IndexOf(End, start, StringComparison.Ordinal);
            if (end < 0) throw new InvalidOperationException($"The document needs {marker} and, after it, {End}.");
            document = $"{document[..start]}{marker}\n\n{table}\n{document[end..]}";
        }
        return document;
    }

    static string ScenarioTable()
    {
        var rows = Explorations.All.Select(row => (row.Scenario.Name, row.Found.States, row.Found.Transitions)).ToList();
        rows.Add(("**together**", rows.Sum(row => row.States), rows.Sum(row => row.Transitions)));
        return Table(
            "scenario | states | transitions",
            "--- | ---: | ---:",
            rows.Select(row => $"{row.Name} | {Number(row.States)} | {Number(row.Transitions)}"));
    }

    static string StepTable() => Table("type | steps", "--- | ---", StepsInCode
        .GroupBy(taken => taken.Type, taken => taken.Step)
        .OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => $"`{group.Key}` | {string.Join(", ", group.Distinct().Order())}"));

    static string CaughtTable() => Table("mutation | caught in | states | what breaks", "--- | --- | ---: | ---", Mutations.Caught
        .Select(caught => (Mutation: caught.Key, caught.Value.Scenario, Found: Explorations.OfCaught(caught.Key)))
        .Select(row =>
            $"{row.Mutation} | {row.Scenario} | {Number(row.Found.States)} | {LastLine(row.Found.Counterexample ?? "Nothing.")}"));

    static string NeedlessTable() => Table("mutation | why nothing breaks", "--- | ---", Mutations.Needless
        .Select(needless => $"{needless.Key} | {needless.Value.Reason}"));

    static string Table(string heading, string columns, IEnumerable<string> rows)
    {
        var text = new StringBuilder();
        foreach (var row in rows.Prepend(columns).Prepend(heading)) text.Append("| ").Append(row).Append(" |\n");
        return text.ToString();
    }

    static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    static string LastLine(string text) => text.TrimEnd().Split('\n')[^1].Trim();

    /// <summary>A nested type is named by the type that contains it, which names the file.</summary>
    static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
