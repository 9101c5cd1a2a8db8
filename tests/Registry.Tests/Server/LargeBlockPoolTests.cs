using Registry.Server;
using Xunit;

namespace Registry.Tests.Server;

public sealed class LargeBlockPoolTests : IDisposable
{
    readonly LargeBlockPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void Returned_block_is_reused()
    {
        var first = _pool.Rent();
        Assert.Equal(32 * 1024, first.Memory.Length);
        first.Memory.Span[0] = 42;
        first.Dispose();
        using var second = _pool.Rent(4096);
        Assert.Same(first, second);
    }

    [Fact]
    public void Block_is_never_rented_twice()
    {
        var first = _pool.Rent();
        first.Dispose();
        first.Dispose();
        using var second = _pool.Rent();
        using var third = _pool.Rent();
        Assert.NotSame(second, third);
    }

    [Fact]
    public void Blocks_beyond_the_limit_are_not_pooled()
    {
        var many = Enumerable.Range(0, 1000).Select(_ => _pool.Rent()).ToList();
        foreach (var block in many) block.Dispose();
        var again = Enumerable.Range(0, 1000).Select(_ => _pool.Rent()).ToList();
        Assert.Equal(LargeBlockPool.Kept, again.Count(many.Contains));
    }

    [Fact]
    public void More_than_a_block_cannot_be_rented() => Assert.Throws<ArgumentOutOfRangeException>(() => _pool.Rent(32 * 1024 + 1));
}
