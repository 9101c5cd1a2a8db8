namespace Registry.GarbageCollection;

/// <summary>What was found makes it likely that the storage, not its content, is wrong, and so nothing is deleted.</summary>
public sealed class CollectionRefusedException(string message) : Exception(message);
