/** The domain's states as badges: which word and which mark each of them has. */
import type { ReactNode } from "react";
import type { IncidentSummary, ReleaseListItem, RolloutSummary, Verdict } from "@/components/data/outputs";
import { StatusBadge } from "@/components/ui/status-badge";
import type { Status } from "@/components/ui/status-glyph";

interface Look {
  status: Status;
  word: string;
}

const VERDICTS: Readonly<Record<Verdict, Look>> = {
  pass: { status: "pass", word: "Pass" },
  watch: { status: "review", word: "Watch" },
  breach: { status: "breach", word: "Breach" },
  collecting: { status: "collecting", word: "Collecting" },
  no_data: { status: "no_data", word: "No data" },
  not_comparable: { status: "neutral", word: "Not comparable" },
  environment: { status: "review", word: "Environment" },
};

interface VerdictProps {
  verdict: Verdict;
  /** A `pass` for want of evidence: not green either. */
  undecided?: boolean;
  /** Replaces the verdict: nothing is known about now, and green is forbidden. */
  stale?: boolean;
  quiet?: boolean;
  note?: string;
}

function verdictLook({ verdict, undecided, stale }: VerdictProps): Look {
  if (stale === true) return { status: "no_data", word: "Unknown" };
  return undecided === true ? { status: "collecting", word: "Undecided" } : VERDICTS[verdict];
}

/** A rule's verdict. */
export function VerdictBadge(props: VerdictProps): ReactNode {
  const { status, word } = verdictLook(props);
  return (
    <StatusBadge status={status} quiet={props.quiet ?? false}>
      {word}
      {props.note !== undefined && props.stale !== true && ` ${props.note}`}
    </StatusBadge>
  );
}

type RolloutState = RolloutSummary["state"];

const ROLLOUT_STATES: Readonly<Record<RolloutState, Look>> = {
  draft: { status: "neutral", word: "Draft" },
  gating: { status: "running", word: "Gates" },
  shadow: { status: "running", word: "Shadow" },
  canary: { status: "running", word: "Canary" },
  soak: { status: "running", word: "Soak" },
  paused: { status: "review", word: "Paused for review" },
  promoted: { status: "pass", word: "Promoted" },
  rolled_back: { status: "rolled_back", word: "Rolled back" },
  rejected: { status: "neutral", word: "Rejected" },
  aborted: { status: "neutral", word: "Aborted" },
};

export function RolloutStateBadge(props: { state: RolloutState; quiet?: boolean }): ReactNode {
  const { status, word } = ROLLOUT_STATES[props.state];
  return (
    <StatusBadge status={status} quiet={props.quiet ?? false}>
      {word}
    </StatusBadge>
  );
}

type ReleaseState = ReleaseListItem["state"];

const RELEASE_STATES: Readonly<Record<ReleaseState, Look>> = {
  serving: { status: "pass", word: "Serving" },
  in_flight: { status: "running", word: "In flight" },
  rolled_back: { status: "rolled_back", word: "Rolled back" },
  rejected: { status: "neutral", word: "Rejected" },
  promoted: { status: "pass", word: "Promoted" },
  registered: { status: "neutral", word: "Registered" },
};

/** How a release stands, with the aliases that point at it. */
export function ReleaseStateBadge(props: { state: ReleaseState; aliases: readonly string[] }): ReactNode {
  const { status, word } = RELEASE_STATES[props.state];
  return (
    <StatusBadge status={status} quiet>
      {word}
      {props.aliases.length > 0 && ` · ${props.aliases.join(", ")}`}
    </StatusBadge>
  );
}

const ENDED: ReadonlySet<RolloutState> = new Set<RolloutState>(["promoted", "rolled_back", "rejected", "aborted"]);

/** Whether the rollout still runs or waits. */
export function isLive(state: RolloutState): boolean {
  return !ENDED.has(state);
}

type Decision = RolloutSummary["decision"];

const DECISIONS: Readonly<Record<Decision, Look>> = {
  continue: { status: "pass", word: "Continue" },
  pause_for_review: { status: "review", word: "Pause for review" },
  rollback: { status: "breach", word: "Roll back" },
  promote: { status: "pass", word: "Promote" },
};

export function DecisionBadge(props: { decision: Decision; quiet?: boolean }): ReactNode {
  const { status, word } = DECISIONS[props.decision];
  return (
    <StatusBadge status={status} quiet={props.quiet ?? false}>
      {word}
    </StatusBadge>
  );
}

const INCIDENT_STATUSES: Readonly<Record<IncidentSummary["status"], Look>> = {
  open: { status: "breach", word: "Open" },
  mitigated: { status: "review", word: "Mitigated" },
  resolved: { status: "pass", word: "Resolved" },
};

export function IncidentStatusBadge(props: { status: IncidentSummary["status"]; quiet?: boolean }): ReactNode {
  const { status, word } = INCIDENT_STATUSES[props.status];
  return (
    <StatusBadge status={status} quiet={props.quiet ?? false}>
      {word}
    </StatusBadge>
  );
}

/** What an action of a threshold is called. */
export const ACTION_WORDS = { rollback: "roll back", pause_for_review: "pause for review", notify: "notify" } as const;

/** How a rule's threshold acts, e.g. on a chart's note. */
export function actionWord(action: keyof typeof ACTION_WORDS): string {
  return ACTION_WORDS[action];
}

/** Roles as people read them. */
export const ROLE_WORDS = {
  viewer: "viewer",
  on_call: "on-call",
  release_manager: "release manager",
  admin: "admin",
} as const;
