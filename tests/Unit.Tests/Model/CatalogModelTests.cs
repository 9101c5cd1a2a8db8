using Xunit;

namespace Registry.Tests.Model;

/// <summary>The rule of the catalog keeps a name for all content in every interleaving, and no part of it is needless.</summary>
public sealed class CatalogModelTests
{
    public static TheoryData<string> All => [.. Enum.GetNames<CatalogMutation>()];

    // S10 (docs/design/hardening.md)
    [Fact]
    public void All_content_has_a_name()
    {
        var (states, isBroken) = new CatalogModel(broken: null).Explore();
        Assert.False(isBroken);
        Assert.True(states > 1_000, $"{states} states are fewer than there must be.");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void What_is_left_out_of_the_rule_leaves_content_without_a_name(string mutation) =>
        Assert.True(new CatalogModel(Enum.Parse<CatalogMutation>(mutation)).Explore().IsBroken);
}
