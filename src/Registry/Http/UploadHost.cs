using Microsoft.AspNetCore.Http;

namespace Registry.Http;

/// <summary>Which clients may be sent to another host for their uploads (<see cref="UploadOptions.Location"/>).</summary>
/// <remarks>
/// The spec allows it ("Pushing a blob in chunks": the location may be absolute, and another host's), but those built on
/// oras-go 2.6.1 and later (oras, helm, notation …) refuse it since they used to take their credentials along
/// (CVE-2026-50151), and whoever refuses it cannot push at all. So only those go there that are known to follow; the others
/// stay, and push large layers to the other host by its own name.
/// </remarks>
static class UploadHost
{
    /// <summary>
    /// In the User-Agent of: crane, cosign, ko and kaniko; containerd, nerdctl and ctr; BuildKit;
    /// docker; skopeo, podman and buildah; regctl.
    /// </summary>
    static readonly string[] s_followers =
        ["go-containerregistry", "containerd/", "buildkit/", "docker/", "containers/", "skopeo/", "libpod/", "buildah/", "regclient/"];

    public static bool IsFollowedBy(HttpRequest request)
    {
        var agent = request.Headers.UserAgent.ToString();
        return s_followers.Any(name => agent.Contains(name, StringComparison.OrdinalIgnoreCase));
    }
}
