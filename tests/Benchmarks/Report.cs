using System.Globalization;
using System.Text;

namespace Registry.Benchmarks;

/// <summary>Figures by work and contestant, each measured several times in turn; printed as medians with their spread.</summary>
sealed class Report
{
    readonly List<(string Work, string Unit, bool HigherIsBetter)> _works = [];
    readonly Dictionary<(string Work, string Who), List<double>> _figures = [];
    readonly List<string> _who = [];

    public void Add(string work, string unit, bool higherIsBetter, string who, double figure)
    {
        if (!_works.Any(w => w.Work == work)) _works.Add((work, unit, higherIsBetter));
        if (!_who.Contains(who)) _who.Add(who);
        if (!_figures.TryGetValue((work, who), out var list)) _figures[(work, who)] = list = [];
        list.Add(figure);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{work,-44} {who,-28} {figure:0.##} {unit}"));
    }

    public double? Median(string work, string who) => _figures.TryGetValue((work, who), out var list) ? Median(list) : null;

    /// <summary>A Markdown table: a row for each work, a column for each contestant.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"| | unit | {string.Join(" | ", _who)} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| --- | --- |{string.Concat(_who.Select(_ => " --- |"))}");
        foreach (var (work, unit, _) in _works)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {work} | {unit} | {string.Join(" | ", _who.Select(who => Cell(work, who)))} |");
        return text.ToString();
    }

    /// <summary>Median, and the least and the greatest of several.</summary>
    string Cell(string work, string who)
    {
        if (!_figures.TryGetValue((work, who), out var list)) return "";
        return list.Count == 1 ? Text(list[0]) : $"{Text(Median(list))} ({Text(list.Min())}–{Text(list.Max())})";
    }

    static double Median(List<double> list)
    {
        var sorted = list.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }

    static string Text(double figure) => figure.ToString(figure >= 100 ? "#,0" : figure >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
