using System.Globalization;
using System.Text;
using Azure.Data.Tables;

namespace Registry.Storage;

/// <summary>The content of a row as text: two rows are equal when their texts are.</summary>
static class RowFingerprint
{
    /// <summary>Whether a row, read with all of its columns, still has the same content. A touch is not a change.</summary>
    public static async Task<bool> IsStillAsync(Partition partition, TableEntity row, CancellationToken cancellationToken) =>
        await partition.ReadAsync(row.RowKey, columns: null, cancellationToken) is { } now && Of(now) == Of(row);

    public static string Of(TableEntity row)
    {
        var text = new StringBuilder(row.RowKey);
        foreach (var (name, value) in row.Written().OrderBy(column => column.Key, StringComparer.Ordinal))
        {
            if (value is null) continue;
            text.Append('\n').Append(name).Append('=').Append(value switch
            {
                byte[] bytes => Convert.ToBase64String(bytes),
                DateTimeOffset time => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
                _ => value.ToString(),
            });
        }
        return text.ToString();
    }
}
