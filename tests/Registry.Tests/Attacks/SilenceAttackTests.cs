using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Registry.Tests.Attacks;

/// <summary>Clients that fall silent in the middle of a request, after they sent or read much; and clients that are only slow.</summary>
public class SilenceAttackTests(SilenceAttackTests.ImpatientServer impatient) : IClassFixture<SilenceAttackTests.ImpatientServer>
{
    static readonly TimeSpan s_idle = TimeSpan.FromSeconds(4);

    static readonly TimeSpan s_end = TimeSpan.FromSeconds(25);

    readonly string _name = TestRegistry.NewName();
    readonly AttackedServer _server = impatient.Server;

    // S4 (docs/design/hardening.md)
    [Fact]
    public Task Clients_that_fall_silent_get_408_and_their_sessions_survive() => Task.WhenAll(
        FallSilentAsync("PATCH", "{session}", kept: 60_000),
        FallSilentAsync("PUT", $"{{session}}&digest={OciContent.DigestOf([])}"),
        FallSilentAsync("POST", $"/v2/{{name}}/blobs/uploads/?digest={OciContent.DigestOf([])}"),
        FallSilentAsync("PUT", "/v2/{name}/manifests/v1"),
        FallSilentAsync("POST", "/v2/token"));

    async Task FallSilentAsync(string method, string path, int kept = 0)
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
        Assert.Equal($"0-{9 + kept}", status.Headers.GetValues("Range").Single());
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

    // S4 (docs/design/hardening.md): by an average, a client that has read much may be silent for long.
    [Fact]
    public async Task Client_that_has_read_much_of_the_web_ui_and_stops_loses_its_connection()
    {
        const int Requests = 1500;
        var page = await _server.Client.GetStringAsync("/");
        var script = Regex.Match(page, "src=\"(/ui/_/[^\"]+)\"").Groups[1].Value;
        var size = (await _server.Client.GetByteArrayAsync(script)).Length;
        using var connection = await _server.SendAsync(
            string.Concat(Enumerable.Repeat($"GET {script} HTTP/1.1\r\nHost: registry\r\n\r\n", Requests)));
        await connection.ReadAsync(2 * 1024 * 1024);
        await Task.Delay(s_idle * 2.5);
        Assert.InRange((await connection.ReadToEndAsync(s_end)).Length, 0, (size * Requests) - 1);
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

    /// <summary>A server that waits for clients for <see cref="s_idle"/>.</summary>
    public sealed class ImpatientServer : IAsyncLifetime
    {
        internal AttackedServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await AttackedServer.StartAsync(
            TestPolicies.AnonymousMay("pull", "push"), settings: $"--Registry:Requests:IdleTimeout={s_idle:c}");

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
