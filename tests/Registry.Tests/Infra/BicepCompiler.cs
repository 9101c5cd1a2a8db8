using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;

namespace Registry.Tests.Infra;

/// <summary>
/// The Bicep compiler as one process for all tests, called by JSON-RPC: most of its time is starting and loading the types of
/// Azure.
/// </summary>
/// <remarks>It ends with this process, which keeps its standard input open.</remarks>
static class BicepCompiler
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    static readonly Lazy<Process> s_process = new(Start);
    static readonly SemaphoreSlim s_turn = new(1);
    static int s_requests;

    /// <summary>Compiles a <c>.bicep</c> file.</summary>
    /// <returns>
    /// <c>contents</c>: the template as text; <c>diagnostics</c>: messages of the compiler and its linter on this file and its
    /// modules.
    /// </returns>
    /// <exception cref="BicepException">There are errors.</exception>
    public static Task<JsonNode> CompileAsync(string file) => CompileAsync("compile", new() { ["path"] = file });

    /// <summary>Compiles a <c>.bicepparam</c> file.</summary>
    /// <returns><c>parameters</c>: as text; <c>diagnostics</c>.</returns>
    /// <exception cref="BicepException">There are errors.</exception>
    public static Task<JsonNode> CompileParametersAsync(string file) =>
        CompileAsync("compileParams", new() { ["path"] = file, ["parameterOverrides"] = new JsonObject() });

    /// <summary>Predicts the deployment of a <c>.bicepparam</c> file.</summary>
    /// <returns><c>predictedResources</c> and <c>outputs</c>.</returns>
    /// <exception cref="BicepException">There are errors.</exception>
    public static async Task<JsonNode> PredictAsync(string file, string subscription, string group, string location)
    {
        var metadata = new JsonObject { ["subscriptionId"] = subscription, ["resourceGroup"] = group, ["location"] = location };
        var answer = await AskAsync("getSnapshot", new() { ["path"] = file, ["metadata"] = metadata });
        if (answer["result"] is { } result) return JsonNode.Parse((string)result["snapshot"]!)!;
        // The prediction reports only that there are errors; the compilation reports which.
        await CompileParametersAsync(file);
        throw new BicepException(answer.ToJsonString());
    }

    static Process Start()
    {
        var path = typeof(BicepCompiler).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Bicep").Value!;
        return Process.Start(new ProcessStartInfo(path, ["jsonrpc", "--stdio"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1" },
        })!;
    }

    static async Task<JsonNode> CompileAsync(string method, JsonObject parameters)
    {
        var answer = await AskAsync(method, parameters);
        var result = answer["result"] ?? throw new BicepException(answer.ToJsonString());
        if ((bool)result["success"]!) return result;
        throw new BicepException(string.Join('\n', result["diagnostics"]!.AsArray()
            .Select(d => $"{d!["source"]}: {d["level"]} {d["code"]}: {d["message"]}")));
    }

    static async Task<JsonNode> AskAsync(string method, JsonObject parameters)
    {
        await s_turn.WaitAsync();
        try
        {
            var request = new JsonObject
            {
                ["jsonrpc"] = "2.0",
                ["id"] = ++s_requests,
                ["method"] = $"bicep/{method}",
                ["params"] = parameters
            }.ToBytes();
            var input = s_process.Value.StandardInput.BaseStream;
            await input.WriteAsync(Encoding.ASCII.GetBytes($"Content-Length: {request.Length}\r\n\r\n"));
            await input.WriteAsync(request);
            await input.FlushAsync();
            using var end = new CancellationTokenSource(s_patience);
            return await ReadAnswerAsync(s_process.Value.StandardOutput.BaseStream, end.Token);
        }
        finally
        {
            s_turn.Release();
        }
    }

    /// <summary>A message follows its headers and an empty line, as in the Language Server Protocol.</summary>
    static async Task<JsonNode> ReadAnswerAsync(Stream output, CancellationToken cancellationToken)
    {
        var headers = new StringBuilder();
        var next = new byte[1];
        while (!headers.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await output.ReadExactlyAsync(next, cancellationToken);
            headers.Append((char)next[0]);
        }
        var length = headers.ToString().Split("\r\n").Select(header => header.Split(':'))
            .Single(header => header[0] == "Content-Length")[1];
        var answer = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
        await output.ReadExactlyAsync(answer, cancellationToken);
        return JsonNode.Parse(answer)!;
    }
}

sealed class BicepException(string message) : Exception(message);
