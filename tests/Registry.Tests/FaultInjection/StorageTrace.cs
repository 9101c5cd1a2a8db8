using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Registry.Tests.FaultInjection;

/// <summary>A request to the storage as the proxy received it.</summary>
readonly record struct StorageRequest(string User, bool IsTable, string Method, string Target, Fault Fault);

/// <summary>
/// Storage requests and their answers, one per line, to investigate a loss. Only the most recent part is kept.
/// </summary>
sealed partial class StorageTrace : IDisposable
{
    const long MaxFile = 256 * 1024 * 1024;

    const int MaxText = 300;

    readonly string _path;
    readonly Lock _lock = new();
    StreamWriter _writer;

    public StorageTrace(string folder)
    {
        _path = Path.Combine(folder, "trace.log");
        _writer = new StreamWriter(_path);
    }

    public void Add(StorageRequest request, string outcome, byte[] body, byte[] answer)
    {
        var text = Describe(request, outcome, body, answer);
        lock (_lock)
        {
            _writer.WriteLine(text);
            if (_writer.BaseStream.Length < MaxFile) return;
            _writer.Dispose();
            File.Move(_path, Earlier, overwrite: true);
            _writer = new StreamWriter(_path);
        }
    }

    /// <summary>The latest lines that contain one of these texts.</summary>
    public IReadOnlyList<string> Find(IReadOnlyCollection<string> texts, int most)
    {
        lock (_lock) _writer.Flush();
        var found = new Queue<string>();
        foreach (var file in new[] { Earlier, _path }.Where(File.Exists))
        {
            using var reader = new StreamReader(new FileStream(file,
                FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            while (reader.ReadLine() is { } line)
            {
                if (!texts.Any(text => line.Contains(text, StringComparison.Ordinal))) continue;
                found.Enqueue(line);
                if (found.Count > most) found.Dequeue();
            }
        }
        return [.. found];
    }

    public void Dispose() => _writer.Dispose();

    string Earlier => _path + ".1";

    static string Describe(StorageRequest request, string outcome, byte[] body, byte[] answer)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{History.Now()} {request.User} {request.Method} {Shorten(request.Target)}");
        if (request.Fault != Fault.None) text.Append(CultureInfo.InvariantCulture, $" [{request.Fault}]");
        text.Append(CultureInfo.InvariantCulture, $" -> {outcome}");
        if (!request.IsTable) return text.ToString();
        if (request.Target.EndsWith("$batch", StringComparison.Ordinal))
        {
            foreach (Match part in Operations().Matches(Encoding.UTF8.GetString(body)))
                text.Append(CultureInfo.InvariantCulture, $" | {Shorten(part.Value.TrimEnd())}");
            var statuses = Statuses().Matches(Encoding.UTF8.GetString(answer)).Select(match => match.Groups[1].Value).ToList();
            text.Append(CultureInfo.InvariantCulture, $" => {string.Join(',', statuses.Distinct())}");
            if (statuses.Any(status => status[0] != '2'))
                text.Append(CultureInfo.InvariantCulture, $" {Cut(Message().Match(Encoding.UTF8.GetString(answer)).Value)}");
        }
        else if (body.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" {Cut(Encoding.UTF8.GetString(body))}");
        }
        return text.ToString();
    }

    static string Shorten(string text)
    {
        text = Noise().Replace(Uri.UnescapeDataString(AccountRoot().Replace(text, "/")), "");
        return Cut(text.ReplaceLineEndings(" "));
    }

    static string Cut(string text) => text.Length > MaxText ? text[..MaxText] + "…" : text.ReplaceLineEndings(" ");

    [GeneratedRegex(@"^(?:(?:POST|PUT|PATCH|MERGE|DELETE|GET) .*|If-Match: .*|\{.*)$", RegexOptions.Multiline)]
    private static partial Regex Operations();

    [GeneratedRegex(@"^HTTP/1\.1 (\d+)", RegexOptions.Multiline)]
    private static partial Regex Statuses();

    [GeneratedRegex(@"\{.*\}", RegexOptions.Singleline)]
    private static partial Regex Message();

    [GeneratedRegex(@" HTTP/1\.1|[?&]\$format=[^& ]*|""(?:Partition|Row)Key"":""[^""]*"",?|""odata\.etag"":""[^""]*"",?")]
    private static partial Regex Noise();

    [GeneratedRegex(@"(?:http://[^/]+)?/devstoreaccount1/")]
    private static partial Regex AccountRoot();
}
