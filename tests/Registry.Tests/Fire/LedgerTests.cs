using Xunit;

namespace Registry.Tests.Fire;

/// <summary>Which observations the ledger allows.</summary>
public class LedgerTests
{
    static readonly LedgerKey s_key = new("a", "v1");

    [Fact]
    public void What_was_pushed_and_deleted_a_moment_ago_may_come_back_for_a_while()
    {
        Assert.Equal([null, "one"], Find(TimeSpan.FromHours(1), "one", null));
        Assert.Equal([null, "one", "other"], Find(TimeSpan.FromHours(1), "one", "other", null));
        Assert.Equal([null], Find(TimeSpan.Zero, "one", null));
    }

    [Fact]
    public void What_was_pushed_last_is_there()
    {
        Assert.Equal(["other"], Find(TimeSpan.FromHours(1), "one", "other"));
        Assert.Equal(["one"], Find(TimeSpan.FromHours(1), "other", null, "one"));
    }

    static IEnumerable<string?> Find(TimeSpan window, params string?[] values)
    {
        var ledger = new Ledger(window);
        foreach (var value in values) ledger.Begin(new Effect(s_key, value)).Done();
        return ledger.Find(s_key).Possible.Order();
    }
}
