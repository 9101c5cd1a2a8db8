namespace Registry.Integrity;

/// <summary>Something that an examination has found, with what repairs it.</summary>
/// <param name="Finding">What it is.</param>
/// <param name="RepairAsync">
/// Repairs it, on the condition that all is still as it was examined; null when nothing can. Whether it was done is seen by
/// examining again.
/// </param>
sealed record Problem(Finding Finding, Func<CancellationToken, Task>? RepairAsync = null);
