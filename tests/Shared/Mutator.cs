using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Registry.Tests;

/// <summary>
/// Changes valid inputs at random, so that they come near to what a parser accepts: bytes, words, and the structure of JSON.
/// The same seed makes the same inputs.
/// </summary>
sealed class Mutator(int seed)
{
    /// <summary>Texts at which parsers differ: limits of numbers, separators, escapes, encodings.</summary>
    static readonly string[] s_words =
    [
        "", "-", "--", "-1", "0", "00", "9223372036854775807", "9223372036854775808", "18446744073709551616", "4294967296", "1e400",
        "0x10", "\0", "\r\n", "\t", " ", "%00", "%2f", "%2e%2e", "%zz", "%", "+", "..", "../", "//", "/", ":", "::", "@", ",", ",,", ";",
        "=", "\"", "\\", "\\ud800", "\\u0000", "é", "ſ", "İ", "\u212a", "\ufeff", "\u202e", "\ud83d\ude00", "*", "**", "?", "#",
        "bytes=", "sha256:", "sha512:", "repository:", "Basic ", "Bearer ", "W/", "null", "true", "[]", "{}", "{", "[", "[[[[", "_registry",
    ];

    readonly Random _random = new(seed);

    public int Next(int limit) => _random.Next(limit);

    public T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>Makes one to four changes.</summary>
    public byte[] Mutate(byte[] input)
    {
        for (var changes = 1 + _random.Next(4); changes > 0; changes--)
            input = _random.Next(3) == 0 && TryMutateJson(input) is { } json ? json : MutateBytes(input);
        return input;
    }

    /// <inheritdoc cref="Mutate(byte[])"/>
    public string Mutate(string input) => Encoding.UTF8.GetString(Mutate(Encoding.UTF8.GetBytes(input)));

    byte[] MutateBytes(byte[] input)
    {
        var (at, length) = (_random.Next(input.Length + 1), _random.Next(17));
        var end = Math.Min(input.Length, at + length);
        return _random.Next(6) switch
        {
            0 => [.. input[..at], .. input[end..]],
            1 => [.. input[..end], .. input[at..]],
            2 => [.. input[..at], .. Random(length), .. input[at..]],
            3 => [.. input[..at], .. Random(end - at), .. input[end..]],
            4 => [.. input[..at], .. Encoding.UTF8.GetBytes(Pick(s_words)), .. input[at..]],
            _ => [.. input[..at], .. Enumerable.Repeat(input[at..end], 1 + _random.Next(64)).SelectMany(bytes => bytes), .. input[end..]],
        };
    }

    byte[] Random(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Null when the input is not JSON any more.</summary>
    byte[]? TryMutateJson(byte[] input)
    {
        try
        {
            var root = JsonNode.Parse(input);
            var nodes = Descend(root).ToList();
            if (nodes.Count == 0) return null;
            Change(Pick(nodes));
            return Encoding.UTF8.GetBytes(root!.ToJsonString());
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            // Not JSON, a property given twice, or text that is not valid Unicode: bytes are changed instead.
            return null;
        }
    }

    void Change(JsonNode parent)
    {
        switch (parent)
        {
            case JsonObject fields:
                var name = fields.Count > 0 && _random.Next(4) > 0 ? Pick(fields.Select(field => field.Key).ToList()) : Pick(s_words);
                var value = fields[name]?.DeepClone();
                if (_random.Next(3) == 0) fields.Remove(name);
                fields[_random.Next(3) switch { 0 => name.ToUpperInvariant(), 1 => Pick(s_words), _ => name }] = Value(value);
                break;
            case JsonArray items:
                items.Insert(_random.Next(items.Count + 1), Value(items.Count > 0 ? items[_random.Next(items.Count)]?.DeepClone() : null));
                break;
        }
    }

    JsonNode? Value(JsonNode? old) => _random.Next(9) switch
    {
        0 => null,
        1 => _random.Next(2) == 0,
        2 => Pick<long>([0, -1, 1, long.MaxValue, long.MinValue, 5]),
        3 => 1.5e300,
        4 => Pick(s_words),
        5 => new JsonArray([.. Enumerable.Range(0, _random.Next(300)).Select(_ => old?.DeepClone())]),
        6 => Enumerable.Range(0, _random.Next(100)).Aggregate(old, (inner, _) => new JsonArray(inner)),
        7 => new JsonObject { [Pick(s_words)] = old },
        _ => old,
    };

    static IEnumerable<JsonNode> Descend(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => Descend(field.Value)).Prepend(node),
        JsonArray items => items.SelectMany(Descend).Prepend(node),
        _ => [],
    };
}
