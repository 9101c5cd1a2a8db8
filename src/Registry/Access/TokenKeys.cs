using System.Globalization;
using System.Xml.Linq;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Registry.Storage;

namespace Registry.Access;

/// <summary>Stores the keys with which ASP.NET Core Data Protection encrypts tokens: one row per key, never changed.</summary>
/// <remarks>Read access to this table is enough to forge tokens: grant it to the registry alone.</remarks>
public sealed class TokenKeys(StorageAccount account, TimeProvider time) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var keys = account.TokenKeys;
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {keys.Key}");
        return [.. keys.Table.Query<TableEntity>(filter).Select(row => XElement.Parse(row.GetString(Columns.Key)))];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        var keys = account.TokenKeys;
        // One new key per day: of hosts that find none at the same time, one creates it, and the others use it.
        var row = keys.Row(element.Name == "key" ? time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : friendlyName);
        row[Columns.Key] = element.ToString(SaveOptions.DisableFormatting);
        try
        {
            keys.Table.AddEntity(row);
        }
        catch (RequestFailedException e) when (e.ErrorCode == TableErrorCode.EntityAlreadyExists)
        {
            // Another host created it first. Data Protection reads all keys again after this call.
        }
    }
}
