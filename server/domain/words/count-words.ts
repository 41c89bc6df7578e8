/** Counts and shares in sentences. A share is never written without the count it is of. */
import { wholeWords } from "./number-words";

/** `1 request`, `1 204 requests`. */
export function countWords(count: number, noun: string): string {
  return `${countDigits(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `1 204`: a whole number with its thousands apart. */
export function countDigits(count: number): string {
  return wholeWords(count);
}

/**
 * `3.1 %`: one decimal below 10 %, whole percents above, but never `0 %` or `100 %` for what is not quite none or all.
 */
export function shareWords(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent < 0.1) return "under 0.1 %";
  if (percent > 99.9) return "over 99.9 %";
  return percent < 10 || percent > 99 ? `${percent.toFixed(1)} %` : `${percent.toFixed(0)} %`;
}
