/** Reads what `git push --porcelain` says about the one reference that was pushed. */
import { GitFailure } from "./git-command";

/**
 * `stale`: the branch moved since it was read, look again; `refused`: the remote does not take the push to this branch
 * (protected, or its hook said no).
 */
export type PushOutcome =
  | { readonly kind: "pushed" | "up_to_date" | "stale" }
  | { readonly kind: "refused"; readonly message: string };

/** A race inside the remote itself reads like a lost lease. */
const LOST_RACE = /cannot lock ref|incorrect old value|failed to update ref|reference already exists/;

/**
 * Lines are `<flag>\t<from>:<to>\t<summary> (<reason>)`.
 *
 * @throws GitFailure when there is no such line: nothing is known about the push.
 */
export function parsePush(porcelain: string): PushOutcome {
  const line = porcelain.split("\n").find((one) => /^[ +\-*!=]\t/.test(one));
  if (line === undefined) throw new GitFailure("failed", "git push: the remote did not say what became of the push");
  const [flag, , summary = ""] = line.split("\t");
  if (flag === "=") return { kind: "up_to_date" };
  if (flag !== "!") return { kind: "pushed" };
  if (summary.startsWith("[rejected]") || LOST_RACE.test(summary)) return { kind: "stale" };
  return { kind: "refused", message: summary.replace(/^\[remote rejected\] /, "") };
}
