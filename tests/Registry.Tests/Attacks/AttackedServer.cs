using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Registry.Tests.Server;

namespace Registry.Tests.Attacks;

/// <summary>
/// The real server process under attack, on the Azurite that all tests share: its memory, and connections that send what no
/// HTTP client would.
/// </summary>
sealed class AttackedServer : IAsyncDisposable
{
    readonly ServerProcess _process;

    AttackedServer(ServerProcess process, HttpClient client)
    {
        (_process, Client) = (process, client);
        Client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*"));
    }

    public HttpClient Client { get; }

    /// <summary>What the server has written to its console, such as the audit log.</summary>
    public string Output => _process.Output;

    /// <summary>Waits until the server has written this text, and returns all its output.</summary>
    public async Task<string> WaitForOutputAsync(string text)
    {
        await _process.WaitForOutputAsync(text);
        return Output;
    }

    /// <summary>Memory of the process that is resident now, in MiB.</summary>
    public int Memory => ReadStatus("VmRSS:");

    /// <summary>Largest <see cref="Memory"/> so far, in MiB.</summary>
    public int PeakMemory => ReadStatus("VmHWM:");

    /// <summary>Starts the server and waits until it is ready.</summary>
    /// <param name="policy">Its policy; null for an open registry.</param>
    /// <param name="heapLimit">Limit of .NET's heap in MiB; null for none.</param>
    /// <param name="settings">Further arguments, such as <c>--Registry:RedirectDownloads=true</c>.</param>
    public static async Task<AttackedServer> StartAsync(string? policy = null, int? heapLimit = null, params string[] settings)
    {
        var storage = $"--Registry:Storage:ConnectionString={await SharedAzurite.GetConnectionStringAsync()}";
        var environment = new Dictionary<string, string>();
        if (heapLimit is { } limit)
            environment["DOTNET_GCHeapHardLimit"] = (limit * 1024L * 1024).ToString("x", CultureInfo.InvariantCulture);
        if (policy is not null) environment["Registry__Policy"] = policy;
        string[] args = ["--urls", "http://127.0.0.1:0", storage, .. settings];
        var (process, client) = await ServerProcess.StartAsync(args, environment);
        return new AttackedServer(process, client);
    }

    /// <summary>Opens a connection and sends this text: a request, or the beginning of one.</summary>
    public async Task<RawConnection> SendAsync(string text)
    {
        var connection = new RawConnection(Client.BaseAddress!);
        await connection.SendAsync(text);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _process.DisposeAsync();
    }

    /// <summary>A field of proc_pid_status(5), which is in KiB.</summary>
    int ReadStatus(string field)
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return int.Parse(line[field.Length..^"kB".Length], CultureInfo.InvariantCulture) / 1024;
    }
}

/// <summary>A connection on which a test sends bytes as it likes.</summary>
sealed class RawConnection : IDisposable
{
    readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public RawConnection(Uri address) => _socket.Connect(address.Host, address.Port);

    /// <summary>Sends text as it is; line breaks of HTTP are <c>\r\n</c>.</summary>
    /// <returns>Whether the server still takes it.</returns>
    public Task<bool> SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    /// <inheritdoc cref="SendAsync(string)"/>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty) bytes = bytes[await _socket.SendAsync(bytes)..];
            return true;
        }
        catch (SocketException)
        {
            // The server has answered and closed the connection; the answer can still be read.
            return false;
        }
    }

    /// <summary>Sends bytes as one chunk of a body with <c>Transfer-Encoding: chunked</c>.</summary>
    public async Task<bool> SendChunkAsync(ReadOnlyMemory<byte> bytes) =>
        await SendAsync($"{bytes.Length:x}\r\n") && await SendAsync(bytes) && await SendAsync("\r\n");

    /// <summary>Reads this many bytes.</summary>
    public async Task ReadAsync(int count)
    {
        var buffer = new byte[16 * 1024];
        while (count > 0) count -= await _socket.ReceiveAsync(buffer.AsMemory(0, Math.Min(count, buffer.Length)));
    }

    /// <summary>Everything that the server sends until it closes the connection; an abort counts as its end.</summary>
    /// <exception cref="OperationCanceledException">The connection is still open after <paramref name="timeout"/>.</exception>
    public async Task<string> ReadToEndAsync(TimeSpan timeout)
    {
        using var cancellation = new CancellationTokenSource(timeout);
        var (text, buffer) = (new StringBuilder(), new byte[16 * 1024]);
        try
        {
            int read;
            while ((read = await _socket.ReceiveAsync(buffer, cancellation.Token)) > 0)
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        catch (SocketException)
        {
            // Reset by the server.
        }
        return text.ToString();
    }

    public void Dispose() => _socket.Dispose();
}
