using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Registry.Policies;

namespace Registry.Access;

/// <summary>Provides the policy in force: from the setting, or from the current content of the file.</summary>
public sealed partial class PolicySource
{
    /// <summary>A change of the file takes effect within this time.</summary>
    static readonly TimeSpan s_reloadInterval = TimeSpan.FromSeconds(5);

    readonly string? _file;
    readonly TimeProvider _time;
    readonly ILogger<PolicySource> _logger;
    readonly Lock _reloadLock = new();
    Policy _policy;
    string _text;
    long _lastRead;

    /// <exception cref="PolicyException">The policy cannot be used.</exception>
    public PolicySource(IOptions<RegistryOptions> options, TimeProvider time, ILogger<PolicySource> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_file, _time, _logger) = (options.Value.PolicyFile is { Length: > 0 } file ? file : null, time, logger);
        _lastRead = time.GetTimestamp();
        _text = _file is null ? "" : ReadText(_file);
        _policy = _file is null ? Read(options.Value) : Parse(_text, _file);
    }

    /// <summary>
    /// The policy of the settings. Without one every request is denied, unless
    /// <see cref="RegistryOptions.OpenWithoutPolicy"/> is set.
    /// </summary>
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
            if (_file is not null && _time.GetElapsedTime(Interlocked.Read(ref _lastRead)) >= s_reloadInterval) Reload();
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
    /// Reads the file again. Compares its text and not its time: where the file is a link to a link, as Kubernetes mounts it, the
    /// time is that of the link, which does not change.
    /// </summary>
    void Reload()
    {
        // One request reads; concurrent ones use the current policy.
        if (!_reloadLock.TryEnter()) return;
        try
        {
            Interlocked.Exchange(ref _lastRead, _time.GetTimestamp());
            var text = ReadText(_file!);
            if (text == _text) return;
            Volatile.Write(ref _policy, Parse(text, _file!));
            _text = text;
            Log.Changed(_logger, _file!);
        }
        catch (PolicyException e)
        {
            // An incomplete edit must neither open nor close the registry. The next read retries, and logs again.
            Log.Rejected(_logger, e.Message);
        }
        finally
        {
            _reloadLock.Exit();
        }
    }

    static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Policy file {File} has changed; the new policy is in force.")]
        public static partial void Changed(ILogger logger, string file);

        [LoggerMessage(LogLevel.Error, "The policy file cannot be used; the previous policy stays in force. {Fault}")]
        public static partial void Rejected(ILogger logger, string fault);
    }
}
