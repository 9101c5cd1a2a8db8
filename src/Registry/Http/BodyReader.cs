using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Registry.Oci;

namespace Registry.Http;

/// <summary>Limits of one kind of body that is kept in memory.</summary>
/// <param name="Size">Largest body in bytes.</param>
/// <param name="TooLarge">The error for a larger one.</param>
/// <param name="Timeout">A body must have arrived within this time.</param>
/// <param name="Budget">Memory that bodies of this kind share.</param>
sealed record BodyLimits(int Size, RegistryError TooLarge, TimeSpan Timeout, BodyBudget Budget);

/// <summary>
/// The one place that keeps bodies in memory: with a limit on each, one on all of them, and a time by which they must have arrived.
/// Uploads are streamed instead (<see cref="Storage.BlockStager"/>).
/// </summary>
/// <remarks>Everybody may send forms, so these have a small share of their own and take nothing from pushes.</remarks>
public sealed class BodyReader(IOptions<RegistryOptions> options, TimeProvider time)
{
    const int MiB = 1024 * 1024;

    /// <summary>Largest form that is accepted, in bytes.</summary>
    const int MaxForm = 64 * 1024;

    readonly BodyLimits _forms = new(MaxForm, RegistryError.FormTooLarge(), options.Value.Requests.BodyTimeout, new(4 * MiB, time));
    readonly BodyLimits _manifests =
        new(Manifest.MaxSize, RegistryError.ManifestTooLarge(), options.Value.Requests.BodyTimeout, new(16 * MiB, time));

    /// <summary>Bytes of bodies that are kept now, for tests.</summary>
    internal long Used => _forms.Budget.Used + _manifests.Budget.Used;

    /// <summary>The form of a token request. Its errors: 408, 413 and 429.</summary>
    internal Task<KeptBody> ReadFormAsync(HttpContext context) => ReadAsync(context, _forms);

    /// <summary>A manifest. Its errors: 408, 413 and 429.</summary>
    internal Task<KeptBody> ReadManifestAsync(HttpContext context) => ReadAsync(context, _manifests);

    Task<KeptBody> ReadAsync(HttpContext context, BodyLimits limits) => KeptBody.ReceiveAsync(
        context.Request.Body, context.Request.ContentLength, limits, time, context.RequestAborted);
}
