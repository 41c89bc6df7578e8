/** Drift: git declares one release, another runs. Says what is owed; commits and moves are others' work. */

/** An alias move outside git, allowed in an incident. */
export interface BreakGlass {
  readonly reason: string;
  readonly actor: string;
}

/** What follows from comparing git with the running alias. */
export interface Reconciliation {
  /** The alias that runs is not the one git declares. */
  readonly drift: boolean;
  /** The difference comes from a break-glass move, which is in the audit. */
  readonly audited: boolean;
  /** Git must be brought to what runs, so that it does not apply the failed candidate again. */
  readonly openRevertCommit: boolean;
}

/** Compares the release (or reference) git declares with the one that runs. */
export function reconciliation({
  gitDesired,
  runtime,
  breakGlass,
}: {
  readonly gitDesired: string;
  readonly runtime: string;
  readonly breakGlass?: BreakGlass;
}): Reconciliation {
  const drift = gitDesired !== runtime;
  const audited = breakGlass !== undefined;
  return { drift, audited, openRevertCommit: drift && audited };
}
