import { truncateText } from './invisibleCharacters.ts';

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Such as 1.4 MiB. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let size = bytes;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** Such as 12,345. */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** Such as 3 days ago. */
export function formatAge(time: Date, now = new Date()): string {
  const seconds = (now.getTime() - time.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['year', 31_557_600],
    ['month', 2_629_800],
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ];
  for (const [unit, length] of steps) if (Math.abs(seconds) >= length) return format.format(-Math.round(seconds / length), unit);
  return 'just now';
}

/** Such as 2026-11-25 18:00 UTC; the text itself when it is no time. */
export function formatTime(time: Date | string): string {
  const date = typeof time === 'string' ? new Date(time) : time;
  return Number.isNaN(date.getTime()) ? String(time) : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Such as sha256:0123456789ab. */
export function shortDigest(digest: string): string {
  const [algorithm, hex] = digest.split(':');
  return hex === undefined ? digest : `${algorithm}:${hex.slice(0, 12)}`;
}

/** Longer names of platforms are cut. In characters. */
const maxPlatform = 100;

/** Such as linux/arm64/v8. */
export function formatPlatform(platform: { os: string; architecture: string; variant?: string; 'os.version'?: string }): string {
  const version = platform['os.version'];
  return truncateText(
    [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/') + (version === undefined ? '' : ` ${version}`),
    maxPlatform,
  );
}

/** Such as 1 h 2 min 3 s, of a duration as .NET writes it ([days.]hh:mm:ss[.fraction]); the text itself when it is none. */
export function formatDuration(text: string): string {
  const match = /^(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)(\.\d+)?$/.exec(text);
  if (match === null) return text;
  const [days, hours, minutes, seconds] = match.slice(1, 5).map((part) => Number(part ?? 0)) as [number, number, number, number];
  const exact = (seconds + Number(match[5] ?? 0)).toFixed(days + hours + minutes === 0 ? 1 : 0);
  return (
    [
      [days, 'd'],
      [hours, 'h'],
      [minutes, 'min'],
    ]
      .filter(([count]) => count !== 0)
      .map(([count, unit]) => `${count} ${unit} `)
      .join('') + `${exact} s`
  );
}
