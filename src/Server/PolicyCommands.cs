using System.Globalization;
using Registry.Access;
using Registry.Oci;
using Registry.Policies;

namespace Registry.Server;

/// <summary>Commands that validate a policy, evaluate it, and generate secrets for it. They need no registry.</summary>
static class PolicyCommands
{
    public const string Help = """
          policy check FILE                          validates a policy
          policy test FILE WHO ACTION REPOSITORY     prints whether the policy allows the action, and by which rule; exits with 2
                                                     if not. WHO is anonymous, robot:NAME, or ISSUER:CLAIM=VALUE,CLAIM=VALUE
          robot new NAME [--expires YYYY-MM-DD]      generates a secret and its line for the policy; expires after a year unless
                                                     a day is given
        """;

    const int Denied = 2;

    /// <summary>Runs a command.</summary>
    /// <returns>The exit code; null if the arguments are not a command of this class.</returns>
    /// <exception cref="StartupException">The arguments or the policy are invalid.</exception>
    public static int? Run(string[] args, TextWriter output, TimeProvider time)
    {
        switch (args)
        {
            case ["policy", "check", var file]:
                Read(file);
                output.WriteLine($"{file} is valid.");
                return 0;
            case ["policy", "test", var file, var who, var action, var repository]:
                return Test(Read(file), who, action, repository, output, time.GetUtcNow());
            case ["robot", "new", var name]:
                return NewRobot(name, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddYears(1), output);
            case ["robot", "new", var name, "--expires", var day]:
                return DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var expires)
                    ? NewRobot(name, expires, output)
                    : throw new StartupException($"'{day}' is not a day; use the form 2027-12-31.");
            case ["policy" or "robot", ..]:
                throw new StartupException($"Unknown command. The commands are:\n{Help}");
            default:
                return null;
        }
    }

    static int Test(Policy policy, string who, string action, string repository, TextWriter output, DateTimeOffset now)
    {
        if (!RepositoryName.TryParse(repository, out var name))
            throw new StartupException($"'{repository}' is not the name of a repository: it must be {RepositoryName.Grammar}.");
        if (!RepositoryActionNames.All.TryGetValue(action, out var needed))
            throw new StartupException($"Unknown action '{action}'; the actions are {string.Join(", ", RepositoryActionNames.All.Keys)}.");
        var identity = ParseIdentity(policy, who);
        var decision = policy.Decide(identity, name, needed);
        var all = policy.ActionsOf(identity, name);
        output.WriteLine(decision.Allowed ? $"Yes, by rule '{decision.Rule}'." : "No: no rule allows it.");
        if (identity is Identity.Robot { Account: var robot } && !policy.CanLogIn(robot, now))
            output.WriteLine($"But {who} cannot authenticate: none of its secrets is valid now.");
        output.WriteLine($"{who} may {(all == RepositoryActions.None ? "do nothing" : all.Describe())} in {name}.");
        // Rules for immutable tags may still refuse these actions.
        if (decision.Allowed && (needed & (RepositoryActions.Overwrite | RepositoryActions.Delete)) != 0)
            foreach (var rule in policy.TagRulesOf(name)?.All ?? []) output.WriteLine($"But {rule}.");
        return decision.Allowed ? 0 : Denied;
    }

    static Identity ParseIdentity(Policy policy, string who)
    {
        var parts = who.Split(':', 2);
        if (parts is ["anonymous"]) return new Identity.Anonymous();
        if (parts is ["robot", var robot])
        {
            return policy.HasRobot(robot)
                ? new Identity.Robot(robot, "")
                : throw new StartupException($"The policy has no robot '{robot}'.");
        }
        if (policy.Issuers.FirstOrDefault(trusted => trusted.Name == parts[0]) is not { } issuer)
        {
            throw new StartupException(
                $"'{who}' is not an identity; use anonymous, robot:NAME, or ISSUER:CLAIM=VALUE with an issuer of the policy.");
        }
        var claims = (parts.Length > 1 ? parts[1] : "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .ToList();
        if (claims.Find(pair => pair.Length < 2) is { } bad) throw new StartupException($"'{bad[0]}' is not a claim; use CLAIM=VALUE.");
        var values = claims
            .GroupBy(pair => pair[0], pair => pair[1])
            .ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group]);
        return new Identity.Federated(issuer.Name, issuer.Address, values.GetValueOrDefault("sub")?[0] ?? "", values, issuer.Audiences);
    }

    static int NewRobot(string name, DateOnly expires, TextWriter output)
    {
        var secret = RobotSecret.Create();
        // The line must be valid in a policy before it is printed.
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
            The secret, which is not shown again:
              {secret}
            Authenticate with it as user {name}. For the policy, under "robots":
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
