using System.Text;
using Registry.Access;
using Xunit;

namespace Registry.Tests.Access;

/// <summary>What the Authorization header is read as. Only a missing one is anonymous.</summary>
public class CredentialsTests
{
    [Theory]
    [InlineData("ci:secret", "ci", "secret")]
    [InlineData("ci:secret:more", "ci", "secret:more")]
    [InlineData("ci::secret", "ci", ":secret")]
    [InlineData(":secret", "", "secret")]
    public void Basic_has_a_user_up_to_the_first_colon_and_a_secret_after_it(string text, string user, string secret)
    {
        foreach (var scheme in new[] { "Basic", "basic", "BASIC" })
            Assert.Equal(new Credentials.Password(user, secret), Credentials.Parse($"{scheme} {Encode(text)}"));
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("bearer")]
    public void Bearer_has_a_token(string scheme) => Assert.Equal(new Credentials.Token("a.b"), Credentials.Parse($"{scheme} a.b"));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("Basic")]
    [InlineData("Basic !")]
    [InlineData("Bearer")]
    [InlineData("Digest eDp5")]
    [InlineData("Bearer,x y")]
    public void All_else_is_malformed(string header) => Assert.IsType<Credentials.Malformed>(Credentials.Parse(header));

    [Fact]
    public void Basic_without_a_secret_is_malformed()
    {
        foreach (var text in new[] { "", "ci", "ci:" })
            Assert.IsType<Credentials.Malformed>(Credentials.Parse($"Basic {Encode(text)}"));
    }

    [Fact]
    public void Several_headers_and_long_ones_are_malformed()
    {
        Assert.IsType<Credentials.Malformed>(Credentials.Parse(new(["Bearer x", "Bearer y"])));
        Assert.IsType<Credentials.Malformed>(Credentials.Parse($"Bearer {new string('x', 24 * 1024)}"));
    }

    [Fact]
    public void Only_a_missing_header_is_anonymous() => Assert.IsType<Credentials.None>(Credentials.Parse(default));

    static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
