/** The policy's steps in a row: done, current, upcoming, skipped; what the current one still waits for. */
import type { ReactNode } from "react";
import type { RolloutDetail } from "@/components/data/outputs";
import { classNames } from "@/components/ui/class-names";
import { formatCount, formatDuration, formatSignificant } from "@/components/ui/format";
import { StatusGlyph, type Status } from "@/components/ui/status-glyph";
import { Time } from "@/components/ui/time";

type Step = RolloutDetail["steps"][number];

/** `Canary 10 %`, `Approval by 1`, `Soak 1 % held back`. */
export function stepTitle(step: Step): string {
  const share = `${formatSignificant(step.percentage)}\u00a0%`;
  switch (step.kind) {
    case "shadow":
      return `Shadow ${share}`;
    case "canary":
      return `Canary ${share}`;
    case "approval":
      return `Approval by ${step.approvals}`;
    case "soak":
      return step.holdback > 0 ? `Soak, ${formatSignificant(step.holdback)}\u00a0% held back` : "Soak";
  }
}

function needs(step: Step): string {
  return [
    step.minDurationMs > 0 ? `at least ${formatDuration(step.minDurationMs)}` : "",
    step.minRequests > 1 ? `${formatCount(step.minRequests)} requests` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function markOf(step: Step, state: RolloutDetail["state"]): { status: Status; word: string } {
  if (step.state === "done") return { status: "pass", word: "done" };
  if (step.state === "skipped") return { status: "neutral", word: "skipped" };
  if (step.state === "upcoming") return { status: "collecting", word: "upcoming" };
  if (state === "paused") return { status: "review", word: "paused here" };
  if (state === "rolled_back") return { status: "rolled_back", word: "rolled back here" };
  if (state === "promoted") return { status: "pass", word: "promoted" };
  return state === "rejected" || state === "aborted"
    ? { status: "neutral", word: "ended here" }
    : { status: "running", word: "now" };
}

export function StateRail({ rollout }: { rollout: RolloutDetail }): ReactNode {
  return (
    <section aria-label="Steps" className="flex flex-col gap-2">
      <ol className="grid gap-px overflow-hidden rounded-md border border-hairline bg-hairline sm:auto-cols-fr sm:grid-flow-col">
        {rollout.steps.map((step) => {
          const { status, word } = markOf(step, rollout.state);
          const current = step.state === "current";
          return (
            <li
              key={step.index}
              aria-current={current ? "step" : undefined}
              className={classNames("flex min-w-0 flex-col gap-0.5 px-3 py-2", current ? "bg-surface" : "bg-bg")}
            >
              <span className={classNames("flex items-center gap-1.5", current ? "font-semibold" : "text-muted")}>
                <StatusGlyph status={status} />
                {stepTitle(step)}
              </span>
              <span className="text-sm text-muted">
                {word}
                {step.startedAt !== null && (
                  <>
                    {step.state === "current" ? ", began " : ", "}
                    <Time at={step.startedAt} short />
                  </>
                )}
              </span>
              {needs(step) !== "" && <span className="text-sm text-muted">{needs(step)}</span>}
            </li>
          );
        })}
      </ol>
      {rollout.waitingFor.length > 0 && (
        <p>
          <span className="font-medium">Waiting for evidence: </span>
          {rollout.waitingFor.map((each) => `${each.text}${etaWords(each.etaSeconds)}`).join("; ")}
        </p>
      )}
    </section>
  );
}

function etaWords(etaSeconds: number | null): string {
  if (etaSeconds === null) return ", nobody can tell when";
  return etaSeconds === 0 ? "" : `, in about ${formatDuration(etaSeconds * 1000)}`;
}
