using System.Security.Cryptography;

namespace Registry.Server.Azurite;

/// <summary>The data folder of an Azurite: private to its owner, with a random account key.</summary>
/// <remarks>
/// Web pages can send requests to ports of this machine, and choose a signature. With the emulator's well-known key they could
/// read and change everything. The name of the account is no secret, and remains the emulator's: Azurite stores it with the
/// data, so folders from before there was a key keep their content.
/// </remarks>
static class DataFolder
{
    const int KeyBytes = 64;

    const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Creates the folder and its key unless they exist, and makes the folder accessible to its owner only.</summary>
    /// <returns>The account key, in base64.</returns>
    /// <exception cref="StartupException">The folder cannot be written, does not belong to this user, or has an invalid key.</exception>
    public static string Open(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, Private | UnixFileMode.UserExecute);
            var path = Path.Combine(folder, ".azurite.key");
            if (!File.Exists(path)) Create(path);
            var key = File.ReadAllText(path);
            // Also shows that the folder can be written, and makes a restored file private again.
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, Private);
            return Convert.TryFromBase64String(key, new byte[KeyBytes], out var bytes) && bytes == KeyBytes
                ? key
                : throw new StartupException($"{path} has no valid key. Delete the file: the next start creates another one.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"The data folder {folder} cannot be written or made private: {e.Message} Set a folder that belongs to you with --data.");
        }
    }

    /// <summary>Written under another name first: of several processes that start at once, all use the key of the first.</summary>
    static void Create(string path)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Private;
        using (var writer = new StreamWriter(temporary, options))
            writer.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)));
        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }
    }
}
