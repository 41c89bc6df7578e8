/** The states between git and what runs, as badges and words. */
import type { ReactNode } from "react";
import type { AliasDrift, GitDrift, GitPlan } from "@/components/data/outputs";
import type { Tone } from "@/components/ui/sentence";
import { StatusBadge } from "@/components/ui/status-badge";
import type { Status } from "@/components/ui/status-glyph";

type DriftState = AliasDrift["state"];
type WriteBackStatus = GitDrift["writeBacks"][number]["status"];

const STATES: Readonly<Record<DriftState, { status: Status; word: string; tone: Tone }>> = {
  in_sync: { status: "pass", word: "In sync", tone: "ok" },
  ahead_of_git: { status: "review", word: "Ahead of git", tone: "review" },
  behind_git: { status: "running", word: "Behind git", tone: "info" },
  unknown_release: { status: "breach", word: "Unknown release", tone: "breach" },
  git_unreachable: { status: "no_data", word: "Git unreachable", tone: "unknown" },
};

export function DriftBadge({ state, latched }: Pick<AliasDrift, "state" | "latched">): ReactNode {
  const { status, word } = STATES[state];
  return (
    <StatusBadge status={status}>
      {word}
      {latched && ", latched"}
    </StatusBadge>
  );
}

/** Of the alias that needs a person most. */
export function driftTone({ git, aliases }: GitDrift): Tone {
  if (git === null || git.state === "never_asked") return "neutral";
  if (git.state === "unreachable") return "unknown";
  const [first] = aliases;
  return first === undefined ? "neutral" : STATES[first.state].tone;
}

const WRITE_BACKS: Readonly<Record<WriteBackStatus, { status: Status; word: string }>> = {
  committed: { status: "pass", word: "Committed" },
  proposed: { status: "review", word: "Proposed, to be merged" },
  agreed: { status: "pass", word: "Git agrees" },
  not_needed: { status: "neutral", word: "Not needed" },
  impossible: { status: "breach", word: "Must be written by hand" },
};

export function WriteBackBadge({ status }: { status: WriteBackStatus }): ReactNode {
  const look = WRITE_BACKS[status];
  return (
    <StatusBadge status={look.status} quiet>
      {look.word}
    </StatusBadge>
  );
}

const VERDICTS: Readonly<Record<GitPlan["verdict"], { status: Status; word: string }>> = {
  in_sync: { status: "pass", word: "Nothing to apply" },
  changes: { status: "running", word: "Changes to apply" },
  refused: { status: "breach", word: "Refused" },
};

export function PlanBadge({ verdict }: Pick<GitPlan, "verdict">): ReactNode {
  const { status, word } = VERDICTS[verdict];
  return <StatusBadge status={status}>{word}</StatusBadge>;
}
