using Registry.Access;
using Registry.Oci;
using Registry.Policies;

namespace Registry.Http;

/// <content>Requests that are not authenticated or not authorized, or that a rule or setting refuses.</content>
public sealed partial record RegistryError
{
    public static RegistryError Unauthorized(string challenge) =>
        new(
            401,
            "UNAUTHORIZED",
            "Authentication required: the request has no credentials, or they are wrong, expired, revoked or not valid for it. "
            + "Sign in again.")
        {
            Challenge = challenge,
        };

    /// <summary>For an authenticated caller, or an anonymous one where the policy has no accounts.</summary>
    public static RegistryError Denied(string identity, Scope needed) => new(
        403,
        "DENIED",
        $"No rule of the registry's policy allows {Quote(identity)} to "
        + $"{(needed.Name is { } name ? $"{needed.Actions.Describe()} in {name}" : "list repositories")}. "
        + "Ask the registry's administrator to add a rule.");

    public static RegistryError NotOwner(string identity) =>
        new(
            403,
            "DENIED",
            $"Collection reports cover the whole registry and require admin in all repositories (**), which {Quote(identity)} does not "
            + "have. Ask the registry's administrator to add a rule.");

    public static RegistryError TagExists(Tag tag) =>
        new(
            403,
            "DENIED",
            $"The tag {tag} points to another manifest, and no rule of the registry's policy allows you to overwrite it. "
            + "Push another tag.");

    /// <summary>For an existing tag that is immutable.</summary>
    public static RegistryError TagImmutable(Tag tag, string rule) =>
        new(403, "DENIED", $"The tag {tag} points to another manifest and is immutable by {Describe(rule)}. Push another tag.");

    /// <summary>For the deletion of a locked tag.</summary>
    public static RegistryError TagLocked(Tag tag, string rule) =>
        new(
            403,
            "DENIED",
            $"The tag {tag} is locked by {Describe(rule)} and cannot be deleted. The registry's administrator can change the rule.");

    /// <summary>For the deletion of a manifest that has a locked tag.</summary>
    public static RegistryError ManifestLocked(Digest digest, Tag tag, string rule) =>
        new(
            403,
            "DENIED",
            $"The manifest {digest} has the tag {tag}, which is locked by {Describe(rule)}: neither can be deleted. "
            + "The registry's administrator can change the rule.");

    /// <summary>For the deletion of a child of an index that has a locked tag.</summary>
    public static RegistryError ChildLocked(Digest digest, Digest index, Tag tag, string rule) =>
        new(
            403,
            "DENIED",
            $"The manifest {digest} belongs to the index {index} with the tag {tag}, which is locked by {Describe(rule)}: what a locked "
            + "tag reaches cannot be deleted. The registry's administrator can change the rule.");

    public static RegistryError RepositoryLocked(RepositoryName name, Tag tag, string rule) =>
        new(
            403,
            "DENIED",
            $"The repository {name} has the tag {tag}, which is locked by {Describe(rule)}: nothing was deleted. Delete the other tags and "
            + "manifests one by one. The registry's administrator can change the rule.");

    /// <summary>For the deletion of a manifest by a caller that may not pull, and must not learn which tags and manifests exist.</summary>
    public static RegistryError LockedByOther(Digest digest) =>
        new(
            403,
            "DENIED",
            $"The manifest {digest} cannot be deleted: a locked tag reaches it. The registry's administrator can change that.");

    /// <summary>For credentials that were not accepted.</summary>
    public static RegistryError For(AuthenticationFailure failure, string challenge) => failure switch
    {
        AuthenticationFailure.Throttled =>
            new(
                429,
                "TOOMANYREQUESTS",
                "Too many failed authentications from this address or for this account. Check the credentials, and retry in a minute.")
            {
                RetryAfter = 60,
            },
        AuthenticationFailure.IssuerUnavailable =>
            new(503, "UNAVAILABLE", "The token cannot be validated, because its issuer does not respond. Retry later.")
            {
                RetryAfter = 10,
            },
        _ => Unauthorized(challenge),
    };

    public static RegistryError GrantInvalid() =>
        new(
            400,
            "UNSUPPORTED",
            "The token request is invalid. Send a GET, or a POST of a form (application/x-www-form-urlencoded) with "
            + "grant_type=password, username and password, or with grant_type=refresh_token and refresh_token.");

    /// <summary>For a method that a setting turns off.</summary>
    /// <param name="setting">Name of the setting, below the section of the registry.</param>
    /// <param name="what">What it turns off, such as "Deletes".</param>
    public static RegistryError TurnedOff(string setting, string what) =>
        new(
            405,
            "UNSUPPORTED",
            $"{what} are turned off in this registry, by the setting {RegistryOptions.Section}:{setting}. "
            + "The registry's administrator can change it.")
        {
            Allow = "GET, HEAD",
        };

    /// <summary>For a browser that requests content as a part of a web page.</summary>
    public static RegistryError NotForPages() =>
        new(
            403,
            "DENIED",
            "The registry serves no scripts, styles, workers or frames of web pages. Fetch the content with a script, or download it.");
}
