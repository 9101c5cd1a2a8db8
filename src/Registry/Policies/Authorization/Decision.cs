namespace Registry.Policies;

/// <summary>Whether something may be done, and the first rule that says so; null where none does.</summary>
public readonly record struct Decision(string? Rule)
{
    public bool Allowed => Rule is not null;
}
