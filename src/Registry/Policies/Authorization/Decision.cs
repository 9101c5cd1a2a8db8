namespace Registry.Policies;

/// <summary>The result of an authorization.</summary>
/// <param name="Rule">Name of the first rule that allows a part of the request; null if the request is denied.</param>
public readonly record struct Decision(string? Rule)
{
    public bool Allowed => Rule is not null;
}
