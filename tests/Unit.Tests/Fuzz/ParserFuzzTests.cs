using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Http;
using Registry.Access;
using Registry.Http;
using Registry.Oci;
using Registry.Policies;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Fuzz;

/// <summary>
/// What parses the bytes of strangers, on valid inputs with random changes: a parser throws nothing but the exception that it
/// documents, and what it accepts keeps its promise. Its time and its memory are bounded by the size of the input.
/// </summary>
// F1 (docs/design/hardening.md)
public class ParserFuzzTests(ITestOutputHelper output)
{
    const int Size = 5000;

    static readonly Dictionary<string, Target> s_targets = new()
    {
        ["manifest"] = new(ParserSeeds.Manifests, Manifests, typeof(ManifestFormatException)),
        ["policy"] = new(ParserSeeds.Policies, bytes => Policy.Parse(Text(bytes)), typeof(PolicyException)),
        ["route"] = new(ParserSeeds.Paths, Routes),
        ["name"] = new(ParserSeeds.Names, Names),
        ["scope"] = new(ParserSeeds.Scopes, Scopes),
        ["range"] = new(ParserSeeds.Ranges, Ranges),
        ["credentials"] = new(ParserSeeds.Credentials, bytes => Assert.NotNull(Credentials.Parse(Text(bytes)))),
        ["condition"] = new(ParserSeeds.Conditions, Conditions),
        ["page"] = new(ParserSeeds.Queries, Pages),
    };

    static readonly Digest s_digest = DigestAlgorithm.Sha256.Of("content"u8);

    public static TheoryData<string> Targets() => [.. s_targets.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Parser_accepts_or_refuses_whatever_it_gets(string name)
    {
        var target = s_targets[name];
        var seeds = target.Seeds.Select(Encoding.UTF8.GetBytes).ToList();
        var mutator = new Mutator(FuzzRun.Seed);
        var (watch, inputs, refused) = (Stopwatch.StartNew(), 0, 0);
        while (watch.Elapsed < FuzzRun.Length(usual: 1))
        {
            // Some begin where the last change ended, and so drift away from what is valid.
            var input = mutator.Mutate(mutator.Pick(seeds));
            if (mutator.Next(4) == 0 && input.Length < 16 * 1024) seeds[mutator.Next(seeds.Count)] = input;
            if (mutator.Next(200) == 0) seeds = [.. target.Seeds.Select(Encoding.UTF8.GetBytes)];
            inputs++;
            if (!Accepts(target, input)) refused++;
        }
        output.WriteLine($"{name}: {inputs} inputs, {refused} refused by exception, seed {FuzzRun.Seed}");
        Assert.True(inputs > 100, $"Only {inputs} inputs in {watch.Elapsed}.");
    }

    static bool Accepts(Target target, byte[] input)
    {
        var (worked, allocated, accepted) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread(), true);
        try
        {
            target.Parse(input);
        }
        catch (Exception e) when (e.GetType() == target.Refusal)
        {
            accepted = false;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {FuzzRun.Seed}, input in base64: {Convert.ToBase64String(input)}", e);
        }
        var used = GC.GetAllocatedBytesForCurrentThread() - allocated;
        // Not the time that passed: a machine may do other work for seconds.
        worked = Environment.CpuUsage.TotalTime - worked;
        // A pattern of a policy costs up to a megabyte once, for an expression that never backtracks.
        Assert.True(
            worked < TimeSpan.FromSeconds(5) && used < 8_000_000 + (1000L * input.Length),
            $"{worked} and {used} bytes for {input.Length} bytes in base64: {Convert.ToBase64String(input)}");
        return accepted;
    }

    static void Manifests(byte[] bytes)
    {
        foreach (var type in new[] { null, MediaType.OciManifest, MediaType.OciIndex, "application/vnd.unknown+json" })
        {
            try
            {
                var manifest = Manifest.Parse(type, bytes, DigestAlgorithm.Sha256);
                Assert.True(MediaType.IsValid(manifest.MediaType));
                Assert.InRange(manifest.References.Count, 0, Manifest.MaxReferences);
            }
            catch (ManifestFormatException) when (type != "application/vnd.unknown+json")
            {
                // Each type is tried; the last one's refusal is counted.
            }
        }
    }

    static void Routes(byte[] bytes)
    {
        var (route, error) = Route.Parse(new PathString("/" + Text(bytes).TrimStart('/')));
        Assert.NotEqual(route is null, error is null);
    }

    static void Names(byte[] bytes)
    {
        var text = Text(bytes);
        if (RepositoryName.TryParse(text, out var name)) Assert.Equal(text, name.ToString());
        if (Tag.TryParse(text, out var tag)) Assert.Equal(text, tag.ToString());
        if (Digest.TryParse(text, out var digest)) Assert.Equal(text, digest.ToString());
        if (Reference.TryParse(text, out var reference)) Assert.Equal(text, reference.ToString());
        Assert.True(!MediaType.IsValid(text) || text.All(char.IsAscii));
    }

    static void Scopes(byte[] bytes)
    {
        var scopes = Scope.Parse([Text(bytes)]);
        Assert.InRange(scopes.Count, 0, 64);
        Assert.Equal(scopes, Scope.Parse(scopes.Select(scope => scope.ToString())));
    }

    static void Ranges(byte[] bytes)
    {
        if (!ByteRange.TryParse(Request(r => r.Headers.Range = Text(bytes)), Size, out var ranges) || ranges is null) return;
        Assert.NotEmpty(ranges);
        Assert.All(ranges, range => Assert.True(range is { Offset: >= 0, Length: > 0 } && range.Offset + range.Length <= Size));
        if (ByteRangeParts.Allows(ranges, Size)) Assert.InRange(new ByteRangeParts(ranges, Size).Length, 1, Size + (128 * 200) + 40);
    }

    static void Conditions(byte[] bytes)
    {
        var text = Text(bytes);
        var (error, isNotModified) = Request(r => r.Headers.IfNoneMatch = text).Evaluate(s_digest);
        // Nothing but this entity tag, or a *, matches.
        var mayMatch = error is null && (text.Contains($"\"{s_digest}\"", StringComparison.Ordinal) || text.Contains('*'));
        Assert.True(!isNotModified || mayMatch);
        Request(r => r.Headers.IfMatch = text).Evaluate(s_digest);
    }

    static void Pages(byte[] bytes)
    {
        var (page, error) = PageRequest.Parse(Request(r => r.QueryString = new QueryString("?" + Text(bytes))).Query);
        if (error is null) Assert.InRange(page.Count, 0, 1000);
    }

    static HttpRequest Request(Action<HttpRequest> set)
    {
        var request = new DefaultHttpContext().Request;
        set(request);
        return request;
    }

    static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    /// <param name="Seeds">Valid inputs.</param>
    /// <param name="Parse">Parses an input, and asserts what must hold for those that are accepted.</param>
    /// <param name="Refusal">The one exception that it may throw; null for none.</param>
    sealed record Target(string[] Seeds, Action<byte[]> Parse, Type? Refusal = null);
}
