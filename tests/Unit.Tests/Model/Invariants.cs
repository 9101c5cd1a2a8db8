namespace Registry.Tests.Model;

/// <summary>Invariants of every state, wherever actors have stopped.</summary>
static class Invariants
{
    /// <returns>The invariant that is violated; null if all hold.</returns>
    public static string? FindBroken(World world)
    {
        var scope = world.Scope;
        for (var repository = 0; repository < scope.Repositories; repository++)
        {
            for (var blob = 0; blob < scope.Blobs; blob++)
            {
                var link = world[scope.Link(repository, blob)];
                if (link.Exists && !world[scope.Object(link.Value)].Done)
                    return $"{scope.NameOf(scope.Link(repository, blob))} names a missing object.";
            }
            for (var image = 0; image < scope.Images.Length; image++)
            {
                var (_, blobs, child) = scope.Images[image];
                if (world[scope.Manifest(repository, image)].Exists)
                {
                    if (blobs.Any(blob => !world[scope.Link(repository, blob)].Exists))
                        return $"{scope.NameOf(scope.Manifest(repository, image))} is readable and lacks a blob.";
                    if (child is { } c && !world[scope.Manifest(repository, c)].Exists && (world.Orphaned & 1 << image) == 0)
                        return $"{scope.NameOf(scope.Manifest(repository, image))} lacks a child that no client has deleted since.";
                }
                if (world[scope.Deleted(repository, image)].Exists
                    && blobs.Any(blob => !world[scope.Link(repository, blob)].Exists && !world.IsExcused(scope.Link(repository, blob))))
                {
                    return $"{scope.NameOf(scope.Deleted(repository, image))} cannot be restored: it lacks a blob.";
                }
                var tagged = world[scope.Tag(repository)] is { Exists: true } t && t.Value == image;
                if (tagged != world[scope.TagOf(repository, image)].Exists)
                    return $"{scope.NameOf(scope.TagOf(repository, image))} and the tag do not agree.";
                if (tagged && !world[scope.Manifest(repository, image)].Exists) return "A tag is listed and does not resolve.";
            }
        }
        return null;
    }

    /// <summary>After all actors have stopped, time has passed and collectors have run: no garbage is left.</summary>
    public static string? FindGarbage(World world)
    {
        var scope = world.Scope;
        foreach (var kind in (Kind[])[Kind.Deleted, Kind.Pending, Kind.Session, Kind.Staged])
        {
            for (var row = scope.First(kind); row < scope.End(kind); row++)
                if (world[row].Exists) return $"{scope.NameOf(row)} is garbage.";
        }
        for (var blob = 0; blob < scope.Blobs; blob++)
        {
            var owned = false;
            for (var repository = 0; repository < scope.Repositories; repository++)
            {
                var link = scope.Link(repository, blob);
                var needed = Enumerable.Range(0, scope.Images.Length)
                    .Any(image => Marks.By(world, scope.Manifest(repository, image), image, blob));
                if (world[link].Exists && !needed) return $"{scope.NameOf(link)} is garbage.";
                if (world[scope.Owner(blob, repository)].Exists != world[link].Exists)
                    return $"{scope.NameOf(scope.Owner(blob, repository))} does not agree with its link.";
                owned |= world[link].Exists;
            }
            if (world[scope.Content(blob)].Exists != owned) return $"{scope.NameOf(scope.Content(blob))} does not agree with its owners.";
        }
        for (var id = 0; id < scope.Objects.Length; id++)
        {
            var content = world[scope.Content(scope.Objects[id])];
            if (world[scope.Object(id)].Exists != (content.Exists && content.Value == id))
                return $"{scope.NameOf(scope.Object(id))} does not agree with its content row.";
        }
        return null;
    }
}
