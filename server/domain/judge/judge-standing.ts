/** What a score may decide: nothing where the judges differ or drift, a pause at most where one is not calibrated. */

/** Both absent: the score may do what the policy says. */
export interface JudgeStanding {
  /** Why the score compares nothing, in words. */
  readonly incomparable?: string;
  /** Why the score may pause, but not roll back, in words. */
  readonly demoted?: string;
}

/** What is known of one judge for one score now. */
export interface JudgeState {
  readonly calibrated: boolean;
  /** What is missing for calibration. */
  readonly reasons: readonly string[];
  /** The newest run over the anchor set differs from the first. */
  readonly drifting: boolean;
}

/**
 * The standing of a score in a comparison.
 *
 * @param candidate judges that score the candidate's answers; empty where none is named: a rule's or a person's score is
 *   no judge's and needs no calibration.
 * @param control judges that score the control's; undefined without a control or while it has no scores.
 */
export function judgeStanding({
  candidate,
  control,
  stateOf,
}: {
  readonly candidate: readonly string[];
  readonly control: readonly string[] | undefined;
  readonly stateOf: (judge: string) => JudgeState;
}): JudgeStanding {
  const [mine, theirs] = [namesOf(candidate), control === undefined ? undefined : namesOf(control)];
  if (theirs !== undefined && mine !== theirs) {
    return { incomparable: `the candidate is scored by ${mine}, the control by ${theirs}: judges are not compared` };
  }
  const drifting = candidate.find((judge) => stateOf(judge).drifting);
  if (drifting !== undefined) {
    return { incomparable: `judge ${drifting} scores its anchor set otherwise than before` };
  }
  const weak = candidate.find((judge) => !stateOf(judge).calibrated);
  if (weak === undefined) return {};
  const why = stateOf(weak).reasons.join("; ");
  return { demoted: `judge ${weak} is not calibrated (${why}), so that this rule may pause, but not roll back` };
}

function namesOf(judges: readonly string[]): string {
  return judges.length === 0 ? "no judge" : [...new Set(judges)].toSorted().join(" and ");
}
