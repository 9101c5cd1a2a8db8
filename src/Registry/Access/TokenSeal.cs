using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace Registry.Access;

/// <summary>Encrypts values into text that only hosts of this registry can read, and that nobody can change.</summary>
sealed class TokenSeal<T>(IDataProtector protector, JsonTypeInfo<T> type)
    where T : class
{
    public string Seal(T value) => WebEncoders.Base64UrlEncode(protector.Protect(JsonSerializer.SerializeToUtf8Bytes(value, type)));

    /// <returns>Null when the text is forged, modified, or encrypted with a key that no longer exists.</returns>
    public T? Open(string text)
    {
        if (text.Length == 0) return null;
        try
        {
            return JsonSerializer.Deserialize(protector.Unprotect(WebEncoders.Base64UrlDecode(text)), type);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }
}
