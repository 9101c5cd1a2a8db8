using System.Globalization;
using System.Xml.Linq;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Registry.Storage;

namespace Registry.Access;

/// <summary>Where .NET's data protection keeps the keys that tokens are sealed with: a row for each, never changed.</summary>
/// <remarks>Whoever can read this table can make tokens, so nobody needs to but the registry itself.</remarks>
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
        // One new key a day: of hosts that find none at the same moment, one makes it, and the others find that.
        var row = keys.Row(element.Name == "key" ? time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : friendlyName);
        row[Columns.Key] = element.ToString(SaveOptions.DisableFormatting);
        try
        {
            keys.Table.AddEntity(row);
        }
        catch (RequestFailedException e) when (e.ErrorCode == TableErrorCode.EntityAlreadyExists)
        {
            // Another host's; who has offered this one reads them all again.
        }
    }
}
