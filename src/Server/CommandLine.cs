namespace Registry.Server;

/// <summary>The arguments that the server knows by name; settings of .NET and of the registry may be given the same way.</summary>
static class CommandLine
{
    public const string DefaultUrl = "http://127.0.0.1:5000";

    public const string Help = $"""
        An OCI registry. Without storage settings it starts its own storage, the emulator Azurite.

          --urls URL        where to listen; {DefaultUrl} if not given
          --data DIR        where Azurite keeps its data; 'data' in the current folder if not given
          --Section:Key=V   any setting, such as --Registry:RedirectDownloads=true
          --help            this text

        Without a policy it is open to every program on this machine, and listens nowhere else. Who may do what is said by
        --Registry:PolicyFile=FILE (docs/use/access.md). Commands for policies:

        {PolicyCommands.Help}

        Commands for the storage, with the settings of the server, which may run meanwhile:

        {StorageCommands.Help}

        Storage of your own: set Registry:Storage:ConnectionString, or Registry:Storage:BlobUri and Registry:Storage:TableUri,
        in appsettings.json, on the command line, or as environment variables (Registry__Storage__ConnectionString).
        """;

    /// <summary>Refuses what would be passed over in silence.</summary>
    /// <exception cref="StartupException">An argument is none, or lacks its value.</exception>
    public static void Check(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].Split('=')[0];
            if (name is not ("--urls" or "--data") && !(name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal)))
                throw new StartupException($"There is no argument {args[i]}; --help lists them.");
            if (args[i].Contains('=', StringComparison.Ordinal)) continue;
            if (++i == args.Length || args[i].StartsWith("--", StringComparison.Ordinal)) throw new StartupException($"{name} needs a value; --help shows how.");
        }
    }
}
