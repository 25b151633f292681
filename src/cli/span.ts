// Time and size as people say them.

const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
];

/** `350ms`, `4.2s`, `12m`, `3h 20m`: two units at most. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1).replace(/\.0$/, '')}s`;
  const at = UNITS.findIndex(([unitMs]) => ms >= unitMs);
  const [unitMs, name] = UNITS[at]!;
  const whole = Math.floor(ms / unitMs);
  const finer = UNITS[at + 1];
  const rest = finer === undefined ? 0 : Math.floor((ms - whole * unitMs) / finer[0]);
  return rest === 0 ? `${whole}${name}` : `${whole}${name} ${rest}${finer![1]}`;
}

/** `in 4m`, `12s ago`, `now`. */
export function relative(instant: string, now: number): string {
  const ms = Date.parse(instant) - now;
  if (Math.abs(ms) < 500) return 'now';
  return ms > 0 ? `in ${span(ms)}` : `${span(-ms)} ago`;
}

/** `12 B`, `3.4 KiB`, `100 MiB`. */
export function size(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(names.length - 1, Math.floor(Math.log2(bytes) / 10));
  const scaled = bytes / 1024 ** power;
  const digits = power === 0 || scaled >= 100 || Number.isInteger(scaled) ? 0 : 1;
  return `${scaled.toFixed(digits)} ${names[power]}`;
}
