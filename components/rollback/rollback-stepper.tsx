/** What has really happened since the button was pressed, step by step. Steps without an answer say what they wait for. */
import type { ReactNode } from "react";
import type { RollbackProgress } from "@/components/data/outputs";
import { classNames } from "@/components/ui/class-names";
import { StatusGlyph, type Status } from "@/components/ui/status-glyph";
import { Time } from "@/components/ui/time";

type Step = RollbackProgress["steps"][number];

const NAMES: Readonly<Record<Step["name"], string>> = {
  requested: "Requested",
  alias_moved: "Alias moved",
  gateways_confirmed: "Gateways confirmed",
  observed_traffic: "Observed in traffic",
  metrics_back: "Metrics back inside limits",
  git_reconciled: "Git reconciled",
};

const STATES: Readonly<Record<Step["state"], { status: Status; word: string; className: string }>> = {
  done: { status: "pass", word: "done", className: "text-ok-fg" },
  running: { status: "running", word: "running", className: "text-info-fg" },
  waiting: { status: "collecting", word: "waiting", className: "text-muted" },
  not_applicable: { status: "neutral", word: "not applicable", className: "text-muted" },
  failed: { status: "breach", word: "failed", className: "text-breach-fg" },
};

export function RollbackStepper({ progress }: { progress: RollbackProgress }): ReactNode {
  return (
    <ol className="flex flex-col">
      {progress.steps.map((step, index) => {
        const { status, word, className } = STATES[step.state];
        const isLast = index === progress.steps.length - 1;
        return (
          <li key={step.name} className="relative flex gap-3 pb-3 last:pb-0">
            {!isLast && <span aria-hidden="true" className="absolute top-6 bottom-0 left-[11px] w-px bg-hairline" />}
            <span className={classNames("z-10 flex size-6 shrink-0 items-center justify-center bg-bg", className)}>
              <StatusGlyph status={status} className="size-3" />
            </span>
            <div className="min-w-0 flex-1 pt-0.5">
              <p className="flex flex-wrap items-baseline gap-x-2">
                <span className="font-medium">{NAMES[step.name]}</span>
                <span className={classNames("text-sm", className)}>{word}</span>
                {step.at !== null && <Time at={step.at} precision="second" short className="text-sm text-muted" />}
              </p>
              {step.detail !== "" && <p className="text-sm break-words text-muted">{step.detail}</p>}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

/** Whether the rollback has arrived: every step has ended well, or does not apply. */
export function isSettled(progress: RollbackProgress): boolean {
  return progress.steps.every((step) => step.state === "done" || step.state === "not_applicable");
}
