import { formatDuration } from "../../domain/time.ts";

/** `2026-11-20T19:24:38Z`: to the second, and in UTC like the ledger and the log. */
export function clockTime(time: string | number): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? String(time) : `${at.toISOString().slice(0, 19)}Z`;
}

const DAY = 86_400;
const HOUR = 3_600;

/**
 * Seconds as people say them: two units at most, since nobody counts the seconds of eight hours.
 * Above a minute an odd second is left out at hours, an odd minute at days.
 */
export function duration(seconds: number): string {
  const whole = Math.max(0, seconds < 10 ? Math.round(seconds * 10) / 10 : Math.floor(seconds));
  if (whole >= DAY) return formatDuration(Math.floor(whole / HOUR) * HOUR * 1_000);
  if (whole >= HOUR) return formatDuration(Math.floor(whole / 60) * 60_000);
  return whole < 1 ? `${whole}s` : formatDuration(Math.floor(whole) * 1_000);
}
