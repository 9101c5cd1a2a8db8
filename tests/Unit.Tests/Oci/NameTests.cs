using System.Diagnostics;
using Registry.Oci;
using Xunit;

namespace Registry.Tests.Oci;

public class NameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("library/alpine")]
    [InlineData("a/blobs/b")]
    [InlineData("a__b/c.d/e---f/0")]
    public void Names_of_the_grammar_are_accepted(string text) => Assert.True(RepositoryName.TryParse(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("..")]
    [InlineData("a..b")]
    [InlineData("a___b")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("A")]
    [InlineData("é")]
    [InlineData("a\n")]
    [InlineData("a%2Fb")]
    [InlineData("a:b")]
    [InlineData("a b")]
    [InlineData(null)]
    public void Other_names_are_not(string? text) => Assert.False(RepositoryName.TryParse(text, out _));

    [Fact]
    public void A_name_has_255_characters_at_most()
    {
        Assert.True(RepositoryName.TryParse(new string('a', 255), out _));
        Assert.False(RepositoryName.TryParse(new string('a', 256), out _));
    }

    [Theory]
    [InlineData("1.2.3_build", true)]
    [InlineData("_", true)]
    [InlineData("Latest", true)]
    [InlineData(".hidden", false)]
    [InlineData("-x", false)]
    [InlineData("a+b", false)]
    [InlineData("a/b", false)]
    [InlineData("a\n", false)]
    [InlineData("é", false)]
    [InlineData("", false)]
    public void Tags_follow_their_grammar(string text, bool valid) => Assert.Equal(valid, Tag.TryParse(text, out _));

    [Fact]
    public void A_tag_has_128_characters_at_most()
    {
        Assert.True(Tag.TryParse(new string('a', 128), out _));
        Assert.False(Tag.TryParse(new string('a', 129), out _));
    }

    [Fact]
    public void Digests_follow_their_grammar()
    {
        var hex = new string('0', 64);
        Assert.True(Digest.TryParse($"sha256:{hex}", out var digest));
        Assert.Equal(hex, digest.Hex.ToString());
        Assert.True(Digest.TryParse($"sha512:{hex}{hex}", out _));
        foreach (var bad in new[] { hex, $"sha256:{hex}0", $"sha256:{hex[1..]}",
            $"sha256:{hex[1..]}A", $"sha256:{hex[1..]}g", $"SHA256:{hex}", $"sha384:{hex}", $"sha512:{hex}", "sha256:", ":", "" })
        {
            Assert.False(Digest.TryParse(bad, out _), bad);
        }
    }

    [Fact]
    public void Hostile_names_are_rejected_in_linear_time()
    {
        var watch = Stopwatch.StartNew();
        foreach (var hostile in new[] { new string('-', 254) + "!", "a" + new string('-', 253) + "!",
            string.Concat(Enumerable.Repeat("a-", 127)) + "!", string.Concat(Enumerable.Repeat("a/", 127)) + "!" })
        {
            Assert.False(RepositoryName.TryParse(hostile, out _));
        }
        // Backtracking would take hours here, not a noisy second.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5));
    }
}
