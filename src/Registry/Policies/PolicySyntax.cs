using System.Text.Json;

namespace Registry.Policies;

/// <summary>Reads the JSON of a policy. Its errors use the words of the policy file, never names of .NET types.</summary>
static class PolicySyntax
{
    static readonly JsonDocumentOptions s_lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Ends of paths, and what the value there must be.</summary>
    static readonly (string Path, string Expected)[] s_expected =
    [
        ("].keepNewest", "a whole number"),
        ("].keepPushedDays", "a whole number"),
        ("].keepPulledDays", "a whole number"),
        ("].untaggedDays", "a whole number"),
        ("].anonymous", "true or false"),
        ("].expires", "a day such as \"2027-12-31\""),
        ("].subjects", "a list"),
        ("].repositories", "a list"),
        ("].actions", "a list"),
        ("].tags", "a list"),
        (".audiences", "a list"),
        (".jwksHosts", "a list"),
        ("].claims", "an object"),
        ("$.rules", "a list"),
        ("$.tags", "a list"),
        ("$.retention", "a list"),
        ("$.sparseManifests", "a list"),
        ("$.issuers", "an object"),
        ("$.robots", "an object"),
        ("$", "an object"),
    ];

    /// <exception cref="PolicyException">The text is not JSON, or has properties or values that a policy does not have.</exception>
    public static PolicyDocument Read(string json)
    {
        if (string.IsNullOrWhiteSpace(json)) throw new PolicyException("the policy is empty; {\"rules\": []} denies everything");
        try
        {
            using var whole = JsonDocument.Parse(json, s_lenient);
            RefuseNull(whole.RootElement, "$");
        }
        catch (JsonException e)
        {
            throw new PolicyException($"not valid JSON: {e.Message.Split(" LineNumber: ")[0].ReplaceLineEndings(" ")} {LineOf(e)}");
        }
        catch (InvalidOperationException)
        {
            // Escapes of half a surrogate pair, such as "\ud800", are valid JSON.
            throw new PolicyException("the name of a property is not valid Unicode");
        }
        try
        {
            return JsonSerializer.Deserialize(json, PolicyJson.Default.PolicyDocument)!;
        }
        catch (JsonException e)
        {
            throw new PolicyException($"{e.Path}: {Describe(e)} {LineOf(e)}");
        }
    }

    /// <summary>Refuses null everywhere, also in lists, where the JSON reader of .NET accepts it.</summary>
    static void RefuseNull(JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Null:
                throw new PolicyException($"{path}: null is not allowed; leave it out. {{\"rules\": []}} denies everything");
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject()) RefuseNull(property.Value, $"{path}.{property.Name}");
                break;
            case JsonValueKind.Array:
                for (var i = 0; i < element.GetArrayLength(); i++) RefuseNull(element[i], $"{path}[{i}]");
                break;
        }
    }

    static string LineOf(JsonException e) => $"(line {e.LineNumber + 1})";

    /// <summary>Translates the messages of the JSON reader, which name .NET types.</summary>
    static string Describe(JsonException e)
    {
        const string Missing = "missing required properties including: ";
        var message = e.Message.Split(" Path: ")[0];
        if (message.Contains(Missing, StringComparison.Ordinal)) return $"required properties are missing: {message.Split(Missing)[1]}";
        if (message.StartsWith("Duplicate ", StringComparison.Ordinal)) return "this property is given twice.";
        if (message.Contains("could not be mapped", StringComparison.Ordinal)) return "a policy has no such property.";
        var (_, expected) = Array.Find(s_expected, entry => e.Path!.EndsWith(entry.Path, StringComparison.Ordinal));
        return expected is null ? "the value has the wrong type or format." : $"{expected} is expected.";
    }
}
