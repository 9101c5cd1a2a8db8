using Microsoft.AspNetCore.Http;

namespace Registry.Http;

/// <summary>Which clients get an upload location on another host (<see cref="UploadOptions.Location"/>).</summary>
/// <remarks>
/// The spec allows it ("Pushing a blob in chunks": the location may be absolute, and on another host), but clients built on
/// oras-go 2.6.1 and later (oras, helm, notation …) reject such a location, because earlier versions sent their credentials
/// there (CVE-2026-50151); they then cannot push at all. So only clients that are known to follow it get one. The others upload
/// here, and push large layers to the upload host by its own name.
/// </remarks>
static class UploadHost
{
    /// <summary>
    /// Parts of the User-Agent header of clients that follow it: crane, cosign, ko and kaniko; containerd, nerdctl and ctr;
    /// BuildKit; docker; skopeo, podman and buildah; regctl.
    /// </summary>
    static readonly string[] s_followers =
        ["go-containerregistry", "containerd/", "buildkit/", "docker/", "containers/", "skopeo/", "libpod/", "buildah/", "regclient/"];

    public static bool IsFollowedBy(HttpRequest request)
    {
        var agent = request.Headers.UserAgent.ToString();
        return s_followers.Any(name => agent.Contains(name, StringComparison.OrdinalIgnoreCase));
    }
}
