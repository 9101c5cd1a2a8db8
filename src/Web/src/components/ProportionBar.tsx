/** A bar for a fraction of 1: decoration beside the number. */
export function ProportionBar({ fraction }: { fraction: number }) {
  const percent = Math.max(0, Math.min(1, fraction)) * 100;
  return (
    <svg class="bar" aria-hidden="true" viewBox="0 0 100 4" preserveAspectRatio="none">
      <rect width={percent.toFixed(2)} height="4" />
    </svg>
  );
}
