namespace Registry.Oci;

/// <summary>A pushed manifest violates the image spec. The message is returned to the client.</summary>
public sealed class ManifestFormatException(string message) : Exception(message);
