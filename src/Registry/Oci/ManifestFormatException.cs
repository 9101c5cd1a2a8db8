namespace Registry.Oci;

/// <summary>A pushed manifest breaks the image spec; the message is meant for the client.</summary>
public sealed class ManifestFormatException(string message) : Exception(message);
