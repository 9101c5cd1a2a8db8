using System.Globalization;
using Microsoft.AspNetCore.Http;
using Registry.Storage;

namespace Registry.Http;

/// <summary>Which part of a list a client asks for: <c>n</c> items at the most, behind <c>last</c>.</summary>
/// <remarks>Distribution spec, "Listing Tags". Whoever asks for more than a page can hold gets a full page and a Link.</remarks>
readonly record struct PageRequest(int Count, string? Last)
{
    const int Largest = Partition.MaxPage;

    public static (PageRequest Page, RegistryError? Error) Parse(IQueryCollection query)
    {
        var last = query["last"].FirstOrDefault();
        if (string.IsNullOrEmpty(last)) last = null;
        // Keys hold no control characters, and none of the names listed is longer than this.
        if (last is not null && (last.Length > 255 || last.Any(char.IsControl))) return (default, RegistryError.LastInvalid());
        if (query["n"].FirstOrDefault() is not { Length: > 0 } n) return (new(Largest, last), null);
        if (n.AsSpan().ContainsAnyExceptInRange('0', '9')) return (default, RegistryError.PageInvalid());
        var count = int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : int.MaxValue;
        return (new(Math.Min(count, Largest), last), null);
    }
}
