using System.Net;
using System.Text;
using Xunit;

namespace Registry.Tests.Attacks;

/// <summary>Clients that fall silent in the middle of a request, after they sent or read much; and clients that are only slow.</summary>
public class SilenceAttackTests : IAsyncLifetime
{
    static readonly TimeSpan s_idle = TimeSpan.FromSeconds(4);

    static readonly TimeSpan s_end = TimeSpan.FromSeconds(25);

    readonly string _name = TestRegistry.NewName();
    AttackedServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await AttackedServer.StartAsync(TestPolicies.AnonymousMay("pull", "push"),
            settings: $"--Registry:Requests:IdleTimeout={s_idle:c}");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    // S4 (docs/design/hardening.md)
    [Theory]
    [InlineData("PATCH", "{session}")]
    [InlineData("PUT", "{session}?digest=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("POST", "/v2/{name}/blobs/uploads/?digest=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("PUT", "/v2/{name}/manifests/v1")]
    [InlineData("POST", "/v2/token")]
    public async Task Client_that_falls_silent_gets_408_and_its_session_survives(string method, string path)
    {
        var session = await BeginAsync();
        path = path.Replace("{session}", session, StringComparison.Ordinal).Replace("{name}", _name, StringComparison.Ordinal);
        using var connection = await _server.SendAsync($"{method} {path} HTTP/1.1\r\nHost: registry\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 64000\r\n\r\n");
        await connection.SendAsync(new byte[60_000]);
        var answer = await connection.ReadToEndAsync(s_end);
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("\"SIZE_INVALID\"", answer, StringComparison.Ordinal);
        using var status = await _server.Client.GetAsync(session);
        Assert.Equal(HttpStatusCode.NoContent, status.StatusCode);
        Assert.Equal("0-9", status.Headers.GetValues("Range").Single());
    }

    // S4 (docs/design/hardening.md)
    [Fact]
    public async Task Client_that_stops_to_read_loses_its_connection()
    {
        var layer = OciContent.RandomBytes(48 * 1024 * 1024);
        await _server.Client.PushImageAsync(_name, "v1", layer);
        using var connection = await _server.SendAsync(
            $"GET /v2/{_name}/blobs/{OciContent.DigestOf(layer)} HTTP/1.1\r\nHost: registry\r\n\r\n");
        await Task.Delay(s_idle * 2.5);
        Assert.InRange((await connection.ReadToEndAsync(s_end)).Length, 0, layer.Length - 1);
    }

    // S4 (docs/design/hardening.md)
    [Fact]
    public async Task Slow_client_and_one_that_pauses_succeed()
    {
        var session = await BeginAsync();
        using var connection = await _server.SendAsync(
            $"PATCH {session} HTTP/1.1\r\nHost: registry\r\nConnection: close\r\nContent-Length: 16000\r\n\r\n");
        for (var part = 0; part < 16; part++)
        {
            await connection.SendAsync(new byte[1000]);
            await Task.Delay(part == 7 ? s_idle * 0.6 : s_idle * 0.15);
        }
        Assert.StartsWith("HTTP/1.1 202", await connection.ReadToEndAsync(s_end), StringComparison.Ordinal);
    }

    /// <summary>A session that has ten bytes.</summary>
    async Task<string> BeginAsync()
    {
        using var begun = await _server.Client.PostAsync($"/v2/{_name}/blobs/uploads/", null);
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes("0123456789"));
        using var appended = await _server.Client.PatchAsync(begun.Headers.Location, content);
        Assert.Equal(HttpStatusCode.Accepted, appended.StatusCode);
        return appended.Headers.Location!.OriginalString;
    }
}
