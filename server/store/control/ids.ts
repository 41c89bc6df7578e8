/** New identifiers: a prefix and a ULID, so that ids sort by creation time. The one place where ids are drawn. */
import { randomBytes } from "node:crypto";

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** `rol_`: rollout, `inc_`: incident, `tok_`: token, `act_`: action item, `ntr_`: notification route. */
export type IdPrefix = "rol" | "inc" | "tok" | "act" | "ntr";

/** `newId("rol", nowMs)` → `rol_01JD…`: 10 digits of time and 16 of randomness, Crockford base 32. */
export function newId(prefix: IdPrefix, nowMs: number): string {
  let time = "";
  for (let rest = nowMs, digit = 0; digit < 10; digit++) {
    time = DIGITS.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let random = "";
  // 256 is a multiple of 32, so the low five bits of a random byte are uniform.
  for (const byte of randomBytes(16)) random += DIGITS.charAt(byte & 31);
  return `${prefix}_${time}${random}`;
}
