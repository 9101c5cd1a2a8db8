using Registry.Hashing;
using Registry.Oci;
using Xunit;

namespace Registry.Tests.Hashing;

public class RunningDigestTests
{
    public static TheoryData<string, bool> Implementations =>
        new() { { "sha256", true }, { "sha512", true }, { "sha256", false }, { "sha512", false } };

    [Theory]
    [MemberData(nameof(Implementations))]
    public void Digest_equals_the_platforms_at_every_length_around_a_block(string name, bool portable)
    {
        var algorithm = DigestAlgorithm.Parse(name);
        var content = OciContent.RandomBytes(300);
        for (var length = 0; length <= content.Length; length++)
        {
            using var digest = Create(algorithm, portable);
            digest.Append(content.AsSpan(0, length));
            Assert.Equal(algorithm.Of(content.AsSpan(0, length)), digest.Finish());
        }
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void Digest_can_be_resumed_by_the_other_implementation_at_any_offset(string name, bool portable)
    {
        var algorithm = DigestAlgorithm.Parse(name);
        var content = OciContent.RandomBytes(500);
        for (var cut = 0; cut <= content.Length; cut += 7)
        {
            using var first = Create(algorithm, portable);
            first.Append(content.AsSpan(0, cut));
            using var second = Create(algorithm, !portable);
            second.Import(Sha2State.Read(algorithm, first.Export()));
            second.Append(content.AsSpan(cut));
            Assert.Equal(algorithm.Of(content), second.Finish());
        }
    }

    [Fact]
    public void OpenSsl_is_used_where_dotnet_uses_it() => Assert.True(OpenSslSha2.IsSupported || !OperatingSystem.IsLinux());

    [Fact]
    public void State_beyond_four_gibibytes_keeps_its_length()
    {
        // As if that much had been hashed: only the length in the padding differs.
        var state = new Sha2State([1, 2, 3, 4, 5, 6, 7, 8], (5UL << 30) + 3, [9, 9, 9]);
        using var native = new OpenSslSha2(DigestAlgorithm.Sha256);
        using var portable = new PortableSha2(DigestAlgorithm.Sha256);
        foreach (var digest in new RunningDigest[] { native, portable })
        {
            digest.Import(state);
            digest.Append("more"u8);
        }
        Assert.Equal(portable.Export(), native.Export());
        Assert.Equal(portable.Finish(), native.Finish());
    }

    [Fact]
    public void Invalid_state_is_refused()
    {
        using var digest = RunningDigest.Create(DigestAlgorithm.Sha256);
        digest.Append("abc"u8);
        Assert.Throws<FormatException>(() => RunningDigest.Create(DigestAlgorithm.Sha256, digest.Export().AsSpan()[..^1]));
    }

    static RunningDigest Create(DigestAlgorithm algorithm, bool portable) =>
        portable ? new PortableSha2(algorithm) : RunningDigest.Create(algorithm);
}
