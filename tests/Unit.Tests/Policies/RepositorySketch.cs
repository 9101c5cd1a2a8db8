using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Registry.Oci;
using Registry.Policies;

namespace Registry.Tests.Policies;

/// <summary>A repository in a few words: its contents, and how many days ago each was pushed.</summary>
/// <remarks>
/// Parts are separated by <c>;</c>. <c>a 40</c> is a manifest pushed 40 days ago; <c>touched 3</c>, <c>pulled 2</c>, <c>holds
/// b,c</c> and <c>refers s</c> may follow. <c>needed a</c> is a pending push that needs a. <c>v1=a 40</c> is a tag. <c>sig(a)=m
/// 40</c>, and <c>att</c>, <c>sbom</c>, <c>fallback</c> alike, is the tag that attaches m to a.
/// </remarks>
static partial class RepositorySketch
{
    public static readonly DateTimeOffset Now = new(2026, 6, 30, 12, 0, 0, TimeSpan.Zero);

    public static RepositoryContents Read(string sketch, int? pullsSince = null)
    {
        var (manifests, tags, needed) = (new List<HeldManifest>(), new List<HeldTag>(), new List<Digest>());
        foreach (var part in sketch.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0] == "needed")
            {
                needed.Add(DigestOf(words[1]));
                continue;
            }
            var pushed = Ago(words[1]);
            if (words[0].Split('=') is [var tag, var manifest])
            {
                tags.Add(new HeldTag(TagOf(tag), DigestOf(manifest), pushed));
                continue;
            }
            var more = words[2..].Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
            manifests.Add(new HeldManifest(
                DigestOf(words[0]),
                pushed,
                more.TryGetValue("touched", out var touched) ? Ago(touched) : pushed,
                more.TryGetValue("holds", out var children) ? [.. children.Split(',').Select(DigestOf)] : [],
                more.TryGetValue("refers", out var subject) ? DigestOf(subject) : null,
                more.TryGetValue("pulled", out var pulled) ? DateOnly.FromDateTime(Ago(pulled).UtcDateTime) : null));
        }
        return new RepositoryContents(manifests, tags, pullsSince is { } days ? Now.AddDays(-days) : null, needed);
    }

    /// <summary>The subjects of decisions, in the notation of the sketch.</summary>
    public static string Describe(IEnumerable<RetentionDecision> decisions, RepositoryContents contents, string sketch)
    {
        var names = Name().Matches(sketch).Select(match => match.Value).Distinct().ToList();
        var byDigest = names.ToLookup(DigestOf);
        var byTag = names.Concat(Attached().Matches(sketch).Select(match => match.Value)).Where(IsTag).ToLookup(TagOf);
        return string.Join(" ", decisions.Select(decision => decision.Tag is { } tag ? byTag[tag].First()
            : byDigest[decision.Digest].First(name => contents.Manifests.Any(manifest => manifest.Digest == DigestOf(name)))));

        static bool IsTag(string text) => Attached().IsMatch(text) || Tag.TryParse(text, out _);
    }

    public static Digest DigestOf(string name) => name.StartsWith("long", StringComparison.Ordinal)
        ? DigestAlgorithm.Sha512.Of(Encoding.UTF8.GetBytes(name))
        : DigestAlgorithm.Sha256.Of(Encoding.UTF8.GetBytes(name));

    public static Tag TagOf(string text)
    {
        if (Attached().Match(text) is { Success: true } match)
        {
            var digest = DigestOf(match.Groups[2].Value);
            text = $"{digest.Algorithm.Name}-{digest.Hex[..64]}{(match.Groups[1].Value == "fallback" ? "" : "." + match.Groups[1].Value)}";
        }
        return Tag.TryParse(text, out var tag) ? tag : throw new FormatException(text);
    }

    static DateTimeOffset Ago(string days) => Now.AddDays(-double.Parse(days, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"[A-Za-z][\w.-]*")]
    private static partial Regex Name();

    [GeneratedRegex(@"(sig|att|sbom|fallback)\((\w+)\)")]
    private static partial Regex Attached();
}
