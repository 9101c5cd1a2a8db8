using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Registry.Policies;

namespace Registry.Access;

/// <summary>The policy in force: the setting's, or the file's as it is now.</summary>
public sealed partial class PolicySource
{
    /// <summary>A change of the file takes effect within this time.</summary>
    static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    readonly string? _file;
    readonly TimeProvider _time;
    readonly ILogger<PolicySource> _logger;
    readonly Lock _reading = new();
    Policy _policy;
    string _text;
    long _looked;

    /// <exception cref="PolicyException">The policy cannot be used.</exception>
    public PolicySource(IOptions<RegistryOptions> options, TimeProvider time, ILogger<PolicySource> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_file, _time, _logger) = (options.Value.PolicyFile is { Length: > 0 } file ? file : null, time, logger);
        _looked = time.GetTimestamp();
        _text = _file is null ? "" : ReadText(_file);
        _policy = _file is null ? Read(options.Value) : Parse(_text, _file);
    }

    /// <summary>The policy that these settings name. Without one nobody may do anything, unless the registry is open on purpose.</summary>
    /// <exception cref="PolicyException">It cannot be used.</exception>
    public static Policy Read(RegistryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.PolicyFile is { Length: > 0 } file) return ReadFile(file);
        if (options.Policy is { Length: > 0 } text) return Parse(text, $"{RegistryOptions.Section}:Policy");
        return options.OpenWithoutPolicy ? Policy.Open : Policy.Closed;
    }

    /// <summary>The policy in a file.</summary>
    /// <exception cref="PolicyException">It cannot be read or used.</exception>
    public static Policy ReadFile(string file) => Parse(ReadText(file), file);

    public Policy Current
    {
        get
        {
            if (_file is not null && _time.GetElapsedTime(Interlocked.Read(ref _looked)) >= s_interval) LookAgain();
            return Volatile.Read(ref _policy);
        }
    }

    static string ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PolicyException($"{file}: {e.Message}");
        }
    }

    static Policy Parse(string text, string source)
    {
        try
        {
            return Policy.Parse(text);
        }
        catch (PolicyException e)
        {
            throw new PolicyException($"{source}: {e.Message}");
        }
    }

    /// <summary>
    /// The text is compared and not the time: where the file is a link to a link, as Kubernetes mounts it, the time is the
    /// link's own and stays.
    /// </summary>
    void LookAgain()
    {
        // One looks; the others go on with what there is.
        if (!_reading.TryEnter()) return;
        try
        {
            Interlocked.Exchange(ref _looked, _time.GetTimestamp());
            var text = ReadText(_file!);
            if (text == _text) return;
            Volatile.Write(ref _policy, Parse(text, _file!));
            _text = text;
            Log.Changed(_logger, _file!);
        }
        catch (PolicyException e)
        {
            // Half an edit must neither open the registry nor close it; it is looked at again, and told again.
            Log.Kept(_logger, e.Message);
        }
        finally
        {
            _reading.Exit();
        }
    }

    static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The policy {File} has changed and is in force.")]
        public static partial void Changed(ILogger logger, string file);

        [LoggerMessage(LogLevel.Error, "The policy has changed and cannot be used, so the one before stays in force. {Fault}")]
        public static partial void Kept(ILogger logger, string fault);
    }
}
