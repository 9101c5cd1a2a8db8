namespace Registry.Storage;

/// <summary>Part of an ordered list, and whether more items follow.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, bool More);
