using System.Globalization;
using System.Text;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Registry.Benchmarks;

/// <summary>One measured quantity: <paramref name="Name"/>, and the size if it is measured at several.</summary>
readonly record struct Measure(string Name, string Unit, int? Size)
{
    public override string ToString() => Size is { } size ? string.Create(CultureInfo.InvariantCulture, $"{Name}: {size:#,0}") : Name;
}

/// <summary>Figures by workload and registry, each measured in several rounds; printed as medians with their range.</summary>
sealed class Report
{
    readonly List<Measure> _works = [];
    readonly Dictionary<(Measure Work, string Who), List<double>> _figures = [];
    readonly List<string> _who = [];

    public void Add(string work, string unit, string who, double figure, int? size = null)
    {
        var measure = new Measure(work, unit, size);
        if (!_works.Contains(measure)) _works.Add(measure);
        if (!_who.Contains(who)) _who.Add(who);
        if (!_figures.TryGetValue((measure, who), out var list)) _figures[(measure, who)] = list = [];
        list.Add(figure);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{measure,-44} {who,-28} {figure:0.##} {unit}"));
    }

    /// <summary>A Markdown table: one row per workload, one column per registry.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"| | unit | {string.Join(" | ", _who)} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| --- | --- |{string.Concat(_who.Select(_ => " --- |"))}");
        foreach (var work in _works)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {work} | {work.Unit} | {string.Join(" | ", _who.Select(who => Cell(work, who)))} |");
        }
        return text.ToString();
    }

    /// <summary>
    /// An SVG for each workload that was measured at several sizes: medians, with bars from minimum to maximum.
    /// </summary>
    public void Plot(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var work in _works.Where(work => work.Size is not null).GroupBy(work => (work.Name, work.Unit)))
        {
            using var plot = new Plot();
            foreach (var who in _who)
            {
                var points = work.Where(at => _figures.ContainsKey((at, who)))
                    .Select(at => (Size: Math.Log10(at.Size!.Value), Figures: _figures[(at, who)])).ToList();
                if (points.Count == 0) continue;
                var line = plot.Add.Scatter([.. points.Select(p => p.Size)], points.Select(p => Math.Log10(Median(p.Figures))).ToArray());
                line.LegendText = who;
                foreach (var (size, figures) in points)
                    plot.Add.Line(size, Math.Log10(figures.Min()), size, Math.Log10(figures.Max())).Color = line.Color;
            }
            plot.Axes.Bottom.TickGenerator = LogTicks();
            plot.Axes.Left.TickGenerator = LogTicks();
            plot.Title(work.Key.Name);
            plot.YLabel(work.Key.Unit);
            plot.ShowLegend(Edge.Bottom);
            plot.SaveSvg(Path.Combine(folder,
                $"{new string([.. work.Key.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')])}.svg"), 720, 440);
        }

        static NumericAutomatic LogTicks() => new()
        {
            MinorTickGenerator = new LogMinorTickGenerator(),
            IntegerTicksOnly = true,
            LabelFormatter = power => Math.Pow(10, power).ToString("#,0.##", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>Median, minimum and maximum.</summary>
    string Cell(Measure work, string who)
    {
        if (!_figures.TryGetValue((work, who), out var list)) return "";
        return list.Count == 1 ? Text(list[0]) : $"{Text(Median(list))} ({Text(list.Min())}–{Text(list.Max())})";
    }

    static double Median(List<double> list)
    {
        var sorted = list.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }

    static string Text(double figure) => figure.ToString(figure >= 100 ? "#,0" : figure >= 10 ? "0.0" : "0.00",
        CultureInfo.InvariantCulture);
}
