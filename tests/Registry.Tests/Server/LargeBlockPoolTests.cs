using Registry.Server;
using Xunit;

namespace Registry.Tests.Server;

public sealed class LargeBlockPoolTests : IDisposable
{
    readonly LargeBlockPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void A_block_that_was_given_back_is_used_again()
    {
        var first = _pool.Rent();
        Assert.Equal(64 * 1024, first.Memory.Length);
        first.Memory.Span[0] = 42;
        first.Dispose();
        using var second = _pool.Rent(4096);
        Assert.Same(first, second);
    }

    [Fact]
    public void A_block_is_never_given_to_two()
    {
        var first = _pool.Rent();
        first.Dispose();
        first.Dispose();
        using var second = _pool.Rent();
        using var third = _pool.Rent();
        Assert.NotSame(second, third);
    }

    [Fact]
    public void What_many_needed_at_once_is_not_kept()
    {
        var many = Enumerable.Range(0, 1000).Select(_ => _pool.Rent()).ToList();
        foreach (var block in many) block.Dispose();
        var again = Enumerable.Range(0, 1000).Select(_ => _pool.Rent()).ToList();
        Assert.Equal(LargeBlockPool.Kept, again.Count(many.Contains));
    }

    [Fact]
    public void More_than_a_block_is_not_to_be_had() => Assert.Throws<ArgumentOutOfRangeException>(() => _pool.Rent(64 * 1024 + 1));
}
