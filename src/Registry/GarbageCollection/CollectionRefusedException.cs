namespace Registry.GarbageCollection;

/// <summary>A table seems to be lost, so that everything would look like garbage. The collector deletes nothing.</summary>
public sealed class CollectionRefusedException(string message) : Exception(message);
