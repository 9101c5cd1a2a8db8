namespace Registry.Server;

/// <summary>The server's own arguments. Settings of .NET and of the registry may also be given as arguments.</summary>
static class CommandLine
{
    public const string DefaultUrl = "http://127.0.0.1:5000";

    public const string Help = $"""
        An OCI registry. Without storage settings it starts its own storage, the emulator Azurite.

          --urls URL        address to listen on; default: {DefaultUrl}
          --data DIR        data folder of Azurite; default: 'data' in the current folder
          --AllowedHosts N  host names to answer, separated by ';'; default: all
          --Section:Key=V   any setting, such as --Registry:RedirectDownloads=true
          --help            prints this text

        Without a policy the registry is open to every program on this machine, and listens on loopback only. Set a policy with
        --Registry:PolicyFile=FILE (docs/use/access.md). Commands for policies:

        {PolicyCommands.Help}

        Commands for the storage. They take the settings of the server, which may keep running:

        {StorageCommands.Help}

        To use another storage account, set Registry:Storage:ConnectionString, or Registry:Storage:BlobUri and Registry:Storage:TableUri,
        in appsettings.json, on the command line, or as environment variables (Registry__Storage__ConnectionString).
        """;

    /// <summary>Refuses arguments that .NET would silently ignore.</summary>
    /// <exception cref="StartupException">An argument is unknown, or its value is missing.</exception>
    public static void Check(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].Split('=')[0];
            var isSetting = name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal);
            if (name is not ("--urls" or "--data" or "--AllowedHosts") && !isSetting)
                throw new StartupException($"Unknown argument {args[i]}; see --help.");
            if (args[i].Contains('=', StringComparison.Ordinal)) continue;
            if (++i == args.Length || args[i].StartsWith("--", StringComparison.Ordinal))
                throw new StartupException($"{name} needs a value; see --help.");
        }
    }
}
