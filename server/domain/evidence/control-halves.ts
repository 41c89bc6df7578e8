/** The two halves of the control that are compared with each other: by a part of the subject's hash that routes nobody. */

/** The segment key under which the halves' evidence is kept; no gateway's key can be this one. */
export const CONTROL_HALF_KEY = "#half";

/** `a` stands in the candidate's place. */
export type ControlHalf = "a" | "b";

/**
 * The half of a subject, from the first eight bytes of its SHA-256. Assignment reads the first four, this one the others,
 * so that the halves are alike whatever share of the subjects the control has.
 */
export function controlHalf(subjectHash: Uint8Array): ControlHalf {
  let folded = 0;
  for (let i = 4; i < 8; i++) folded ^= subjectHash[i] ?? 0;
  return folded % 2 === 0 ? "a" : "b";
}
