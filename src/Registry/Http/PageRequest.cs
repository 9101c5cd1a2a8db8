using System.Globalization;
using Microsoft.AspNetCore.Http;
using Registry.Storage;

namespace Registry.Http;

/// <summary>The page of a list that a request asks for: at most <c>n</c> items, after <c>last</c>.</summary>
/// <remarks>Distribution spec, "Listing Tags". A larger <c>n</c> than the largest page gets that page and a Link.</remarks>
readonly record struct PageRequest(int Count, string? Last)
{
    const int MaxCount = Partition.MaxPage;

    public static (PageRequest Page, RegistryError? Error) Parse(IQueryCollection query)
    {
        var last = query["last"].FirstOrDefault();
        if (string.IsNullOrEmpty(last)) last = null;
        // Keys have no control characters, and no listed name is longer.
        if (last is not null && (last.Length > 255 || last.Any(char.IsControl))) return (default, RegistryError.LastInvalid());
        if (query["n"].FirstOrDefault() is not { Length: > 0 } n) return (new(MaxCount, last), null);
        if (n.AsSpan().ContainsAnyExceptInRange('0', '9')) return (default, RegistryError.PageInvalid());
        var count = int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : int.MaxValue;
        return (new(Math.Min(count, MaxCount), last), null);
    }
}
