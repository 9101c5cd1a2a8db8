namespace Registry.Integrity;

/// <summary>A finding of an examination, with its repair.</summary>
/// <param name="Finding">The finding.</param>
/// <param name="RepairAsync">
/// Repairs it, if the rows are still as they were examined; null when it cannot be repaired. Another examination shows whether the
/// repair was done.
/// </param>
sealed record Problem(Finding Finding, Func<CancellationToken, Task>? RepairAsync = null);
