using Xunit;

namespace Registry.Tests.FaultInjection;

/// <summary>Which observations the ledger allows.</summary>
public class LedgerTests
{
    static readonly LedgerKey s_key = new("a", "v1");

    [Fact]
    public void Recently_pushed_and_deleted_content_may_reappear_for_a_while()
    {
        Assert.Equal([null, "one"], Find(TimeSpan.FromHours(1), "one", null));
        Assert.Equal([null, "one", "other"], Find(TimeSpan.FromHours(1), "one", "other", null));
        Assert.Equal([null], Find(TimeSpan.Zero, "one", null));
    }

    [Fact]
    public void Last_acknowledged_push_must_exist()
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
