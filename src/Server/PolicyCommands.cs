using System.Globalization;
using Registry.Access;
using Registry.Oci;
using Registry.Policies;

namespace Registry.Server;

/// <summary>The commands that have to do with a policy and need no registry: whether it makes sense, what it says, and secrets for it.</summary>
static class PolicyCommands
{
    public const string Help = """
          policy check FILE                          whether the policy makes sense
          policy test FILE WHO ACTION REPOSITORY     whether WHO may do that, and by which rule; ends with 2 if not. WHO is
                                                     anonymous, robot:NAME, or ISSUER:CLAIM=VALUE,CLAIM=VALUE
          robot new NAME [--expires YYYY-MM-DD]      a new secret, and its line for the policy; a year if not given
        """;

    const int Denied = 2;

    /// <summary>Runs one of them.</summary>
    /// <returns>The exit code; null when the arguments name none.</returns>
    /// <exception cref="StartupException">The arguments or the policy make no sense.</exception>
    public static int? Run(string[] args, TextWriter output, TimeProvider time)
    {
        switch (args)
        {
            case ["policy", "check", var file]:
                Read(file);
                output.WriteLine($"{file} makes sense.");
                return 0;
            case ["policy", "test", var file, var who, var action, var repository]:
                return Test(Read(file), who, action, repository, output, time.GetUtcNow());
            case ["robot", "new", var name]:
                return NewRobot(name, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddYears(1), output);
            case ["robot", "new", var name, "--expires", var day]:
                return DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var expires)
                    ? NewRobot(name, expires, output)
                    : throw new StartupException($"'{day}' is not a day; write it as 2027-12-31.");
            case ["policy" or "robot", ..]:
                throw new StartupException($"The commands are:\n{Help}");
            default:
                return null;
        }
    }

    static int Test(Policy policy, string who, string action, string repository, TextWriter output, DateTimeOffset now)
    {
        if (!RepositoryName.TryParse(repository, out var name)) throw new StartupException($"'{repository}' is not the name of a repository: it must be {RepositoryName.Grammar}.");
        if (!RepositoryActionNames.All.TryGetValue(action, out var needed)) throw new StartupException($"There is no action '{action}'; there are {string.Join(", ", RepositoryActionNames.All.Keys)}.");
        var identity = ParseIdentity(policy, who);
        var decision = policy.Decide(identity, name, needed);
        var all = policy.ActionsOf(identity, name);
        output.WriteLine(decision.Allowed ? $"Yes, by rule '{decision.Rule}'." : "No: no rule allows it.");
        if (identity is Identity.Robot { Account: var robot } && !policy.CanLogIn(robot, now)) output.WriteLine($"But {who} cannot log in: none of its secrets is valid now.");
        output.WriteLine($"{who} may {(all == RepositoryActions.None ? "do nothing" : all.Describe())} in {name}.");
        // Whoever asks for these may think that nothing is in the way.
        if (decision.Allowed && (needed & (RepositoryActions.Overwrite | RepositoryActions.Delete)) != 0)
            foreach (var rule in policy.TagRulesOf(name)?.All ?? []) output.WriteLine($"But {rule}.");
        return decision.Allowed ? 0 : Denied;
    }

    static Identity ParseIdentity(Policy policy, string who)
    {
        var parts = who.Split(':', 2);
        if (parts is ["anonymous"]) return new Identity.Anonymous();
        if (parts is ["robot", var robot])
            return policy.HasRobot(robot) ? new Identity.Robot(robot, "") : throw new StartupException($"The policy has no robot '{robot}'.");
        if (policy.Issuers.FirstOrDefault(trusted => trusted.Name == parts[0]) is not { } issuer)
            throw new StartupException($"'{who}' is nobody: anonymous, robot:NAME, or ISSUER:CLAIM=VALUE with an issuer of the policy.");
        var claims = (parts.Length > 1 ? parts[1] : "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToList();
        if (claims.Find(pair => pair.Length < 2) is { } bad) throw new StartupException($"'{bad[0]}' is not a claim; write CLAIM=VALUE.");
        var values = claims.GroupBy(pair => pair[0], pair => pair[1]).ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group]);
        return new Identity.Federated(issuer.Name, issuer.Address, values.GetValueOrDefault("sub")?[0] ?? "", values);
    }

    static int NewRobot(string name, DateOnly expires, TextWriter output)
    {
        var secret = RobotSecret.Create();
        // What would not pass as part of a policy must not be handed out.
        var line = $$"""
            "{{name}}": { "secrets": [{ "hash": "{{RobotSecret.Hash(secret)}}", "expires": "{{expires:yyyy-MM-dd}}" }] }
            """;
        try
        {
            Policy.Parse($$"""{ "robots": { {{line}} } }""");
        }
        catch (PolicyException e)
        {
            throw new StartupException(e.Message);
        }
        output.WriteLine($"""
            The secret, which is shown this once:
              {secret}
            Log in with it as {name}. For the policy, under "robots":
              {line}
            """);
        return 0;
    }

    static Policy Read(string file)
    {
        try
        {
            return PolicySource.ReadFile(file);
        }
        catch (PolicyException e)
        {
            throw new StartupException(e.Message);
        }
    }
}
