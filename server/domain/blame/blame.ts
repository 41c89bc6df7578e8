/** What is to blame, or that it cannot be said: the verdict over the ranking of changed components. */
import { effectOf, type Arm, type Effect } from "./effect";
import { rankComponents, type BlameInput, type Ranking } from "./rank-components";

/**
 * `component`: one changed component explains it. `not_enough_evidence`: none can be named, see `why`.
 * `everyone_is_worse`: the control got as bad at the same time; going back will not help.
 */
type BlameVerdict = "component" | "not_enough_evidence" | "everyone_is_worse";

export interface Blame extends Ranking {
  readonly verdict: BlameVerdict;
  /** Only with `not_enough_evidence`. */
  readonly why: "not_worse" | "cannot_tell_apart" | "nothing_that_changed" | undefined;
  /** How much worse the control became, against itself before; undefined when it did not serve before. */
  readonly controlShift: Effect | undefined;
}

/** At least so probable, a component is named. */
export const NAMED_AT = 0.9;
/** The control is worse than before: by a third of the odds at least, and by three standard errors. */
const SHIFT = Math.log(4 / 3);
const SHIFT_ERRORS = 3;

/** @param controlBefore the same control before the incident; undefined when it did not serve then. */
export function blame(input: BlameInput, controlBefore: Arm | undefined): Blame {
  const ranking = rankComponents(input);
  const controlShift =
    controlBefore === undefined || controlBefore.count === 0
      ? undefined
      : effectOf({ release: input.candidate.control, control: controlBefore }, input.dispersion);
  const everyone = controlShift !== undefined && isEveryone(ranking.candidate, controlShift);
  const verdict = everyone ? "everyone_is_worse" : verdictOf(ranking);
  return { ...ranking, verdict, why: verdict === "not_enough_evidence" ? whyNot(ranking) : undefined, controlShift };
}

/** The candidate's distance from the control is small beside what happened to both. */
function isEveryone(candidate: Effect, shift: Effect): boolean {
  const isWorse = shift.logOdds > SHIFT && shift.logOdds > SHIFT_ERRORS * Math.sqrt(shift.variance);
  return isWorse && candidate.logOdds < shift.logOdds / 2;
}

function verdictOf({ suspects }: Ranking): BlameVerdict {
  return (suspects[0]?.posterior ?? 0) >= NAMED_AT ? "component" : "not_enough_evidence";
}

function whyNot({ suspects, unexplained, notWorse }: Ranking): Blame["why"] {
  const best = suspects[0]?.posterior ?? 0;
  if (notWorse >= Math.max(best, unexplained)) return "not_worse";
  return unexplained >= best ? "nothing_that_changed" : "cannot_tell_apart";
}
