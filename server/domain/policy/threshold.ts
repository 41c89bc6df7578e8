/** One window value against one threshold, and violations to a decision. Says what it saw; never looks anything up. */
import type { Decision, ThresholdAction } from "@/server/domain/vocabulary";
import { formatDuration } from "./duration";
import type { Bound, Threshold } from "./policy";

/** A broken limit, as the API, the audit and the pages show it. */
export interface Violation {
  readonly thresholdId: string;
  readonly metric: string;
  readonly action: ThresholdAction;
  readonly observed: number;
  /** The limit: in the metric's unit, or a fraction of the control's value for a relative one. */
  readonly threshold: number;
  /** The concurrent control's value, for a relative limit. */
  readonly control?: number;
  /** The window's length as text, e.g. `5m`. */
  readonly window: string;
  /** `region=us-west`, where the limit is broken in one segment. */
  readonly segment?: string;
  /** Shown, but decides nothing. */
  readonly dryRun: boolean;
  readonly message: string;
}

/** Relative distance below which a value counts as equal to a limit that was computed from the control's value. */
const ROUNDING = 1e-9;

/**
 * Checks a window's value. Equality is never a breach; nor is missing data, of the candidate or, for a relative limit,
 * of the control: whether it may be missing is the step's question, not the threshold's.
 */
export function checkThreshold(
  threshold: Threshold,
  value: number | undefined,
  controlValue?: number,
): Violation | undefined {
  if (value === undefined) return undefined;
  const { bound } = threshold;
  const clause =
    "limit" in bound ? absoluteClause(bound.kind, bound.limit, value) : relativeClause(bound, value, controlValue);
  if (clause === undefined) return undefined;
  const window = formatDuration(threshold.windowMs);
  return {
    thresholdId: threshold.id,
    metric: threshold.name,
    action: threshold.action,
    observed: value,
    threshold: "limit" in bound ? bound.limit : bound.fraction,
    ...("limit" in bound || controlValue === undefined ? {} : { control: controlValue }),
    window,
    dryRun: threshold.dryRun,
    message: `${threshold.name}=${clause} over ${window}`,
  };
}

/** The same violation, found in one segment (`region=us-west`). */
export function inSegment(violation: Violation, segment: string): Violation {
  return { ...violation, segment, message: `${violation.message} in ${segment}` };
}

/** `rollback` if any violation asks for it, else `pause_for_review` if any does, else `continue`. */
export function decideFromViolations(violations: readonly Violation[]): Decision {
  const actions = new Set(violations.filter((violation) => !violation.dryRun).map((violation) => violation.action));
  if (actions.has("rollback")) return "rollback";
  return actions.has("pause_for_review") ? "pause_for_review" : "continue";
}

function absoluteClause(kind: "max" | "min", limit: number, value: number): string | undefined {
  if (kind === "max") return value > limit ? `${apart(value, limit)} exceeds max ${limit}` : undefined;
  return value < limit ? `${apart(value, limit)} below min ${limit}` : undefined;
}

function relativeClause(
  bound: Extract<Bound, { readonly fraction: number }>,
  value: number,
  control: number | undefined,
): string | undefined {
  if (control === undefined) return undefined;
  const increase = bound.kind === "max_increase";
  const change = increase ? value - control : control - value;
  const allowed = bound.fraction * Math.abs(control);
  if (change <= allowed + ROUNDING * Math.max(Math.abs(value), Math.abs(control))) return undefined;
  const by = control === 0 ? "" : ` by ${((change / Math.abs(control)) * 100).toFixed(1)} %`;
  const limit = Number((bound.fraction * 100).toPrecision(6));
  return `${brief(value)} ${increase ? "exceeds" : "below"} control ${brief(control)}${by} (limit ${limit} %)`;
}

/** Six significant digits, or all of them where fewer would make a breach look like equality. */
function apart(value: number, limit: number): number {
  const short = Number(value.toPrecision(6));
  return short === limit ? value : short;
}

/** Whole above 100, two decimals above 1, else two significant digits: enough for a message with a percentage in it. */
function brief(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 100) return value.toFixed(0);
  return magnitude >= 1 || value === 0 ? value.toFixed(2) : value.toPrecision(2);
}
