/** Times and lengths of time in sentences. UTC always: a sentence is read out to people in other zones. */
import { toRfc3339 } from "@/server/domain/time";

const DAY_MS = 86_400_000;

/** `03:52:04 UTC` on the day of `nowMs`, else `2026-04-12 03:52:04 UTC`. */
export function clockWords(ms: number, nowMs: number): string {
  const text = toRfc3339(ms);
  const time = `${text.slice(11, 19)} UTC`;
  return Math.floor(ms / DAY_MS) === Math.floor(nowMs / DAY_MS) ? time : `${text.slice(0, 10)} ${time}`;
}

/** `40 s`, `12 min`, `2 h 5 min`, `9 d 4 h`: the two largest units. Never negative. */
export function lengthWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined(hours, "h", minutes % 60, "min");
  return joined(Math.floor(hours / 24), "d", hours % 24, "h");
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
