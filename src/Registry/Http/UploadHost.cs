using Microsoft.AspNetCore.Http;

namespace Registry.Http;

/// <summary>Where an upload session continues: at the host that the client called, or at the upload host of the settings.</summary>
/// <remarks>
/// The location of a session may be on another host ("Pushing a blob in chunks"), but clients built on oras-go 2.6.1 and later (oras,
/// helm, notation …) reject that, because earlier versions sent their credentials there (CVE-2026-50151); they then cannot push at all.
/// They compare hosts, not paths, so every client follows to another path of the host that it called. To another host only clients
/// are sent that are known to follow; the others upload here, and push large layers to the upload host by its own name.
/// </remarks>
static class UploadHost
{
    /// <summary>
    /// Parts of the User-Agent header of clients that follow to another host: crane, cosign, ko and kaniko; containerd, nerdctl and
    /// ctr; BuildKit; docker; skopeo, podman and buildah; regctl.
    /// </summary>
    static readonly string[] s_followers =
        ["go-containerregistry", "containerd/", "buildkit/", "docker/", "containers/", "skopeo/", "libpod/", "buildah/", "regclient/"];

    /// <summary>
    /// What precedes <c>/v2</c> in the location of a session: an absolute URL, or a path on the host that the client called. Null where
    /// the client uploads to the host that it called, as it does for any other request.
    /// </summary>
    public static string? AddressFor(HttpContext context, RegistryOptions settings)
    {
        if (settings.Uploads.Location is not { } location) return null;
        if (settings.Uploads.Path.Length > 0 && IsOnHostOf(context.Request, location, settings.PublicUrl))
            return settings.PublicUrl is null ? settings.Uploads.Path : Responses.Absolute(location, "");
        return IsFollower(context.Request) ? Responses.Absolute(location, "") : null;
    }

    /// <summary>
    /// States the largest body of one request, if this host has such a limit and the client uploads to it
    /// (draft-ietf-httpbis-resumable-upload, "Upload-Limit").
    /// </summary>
    public static void DescribeLimit(HttpContext context, IHeaderDictionary headers, RegistryOptions settings)
    {
        if (settings.Uploads.MaxRequestBytes is { } limit && AddressFor(context, settings) is null)
            headers["Upload-Limit"] = $"max-append-size={limit.Text()}";
    }

    /// <summary>
    /// Compares with <see cref="RegistryOptions.PublicUrl"/>, or with the Host header where that is not set. A proxy that terminates TLS
    /// hides the scheme, so that of the location counts.
    /// </summary>
    static bool IsOnHostOf(HttpRequest request, Uri location, Uri? publicUrl)
    {
        if (publicUrl is null && !Uri.TryCreate($"{location.Scheme}://{request.Host}", UriKind.Absolute, out publicUrl)) return false;
        return publicUrl.GetLeftPart(UriPartial.Authority) == location.GetLeftPart(UriPartial.Authority);
    }

    static bool IsFollower(HttpRequest request)
    {
        var agent = request.Headers.UserAgent.ToString();
        return s_followers.Any(name => agent.Contains(name, StringComparison.OrdinalIgnoreCase));
    }
}
