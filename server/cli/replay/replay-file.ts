/** A replay of a file's requests: one policy, or two of them side by side on the same requests. Needs no server. */
import { UsageError } from "@/server/cli/exit-code";
import type { TextInput } from "@/server/cli/read-input";
import type { Run } from "@/server/cli/session";
import type { ReplayTick } from "@/server/controller/replay-ticks";
import type { Policy } from "@/server/domain/policy/policy";
import { exposureOf, stepsOf } from "@/server/domain/rollout/steps";
import { toRfc3339 } from "@/server/domain/time";
import { countDigits, countWords } from "@/server/domain/words/count-words";
import { loadReplays, type LoadedReplay } from "./load-replay";
import { describeChange, describeSummary, type DecisionLine, type SummaryLine } from "./replay-words";
import { runReplay, type ReplayWatch } from "./run-replay";

export interface FileReplay {
  /** A policy and how it is named in the answer; the second is what the first is compared with. */
  readonly policies: readonly { readonly label: string; readonly policy: Policy }[];
  readonly requests: TextInput;
  readonly candidateId: string;
  readonly controlId?: string;
  readonly tickMs: number;
  /** The policy's step whose share of traffic counts, 1 for the first. */
  readonly step?: number;
}

/** Replays and prints. @throws UsageError for a line that is not a Request record, and for a step that a policy lacks. */
export async function replayFile({ io, json, print, progress }: Run, input: FileReplay): Promise<void> {
  const { policies, requests, candidateId, controlId, tickMs, step } = input;
  const inputs = policies.map(({ policy }) => ({
    policy,
    candidateId,
    ...(controlId === undefined ? {} : { controlId }),
    ...(step === undefined ? {} : { share: shareOf(policy, step) }),
  }));
  const replays = await loadReplays(inputs, requests, (count) =>
    progress.say("reading", `${countWords(count, "request")}, ${requests.howFar()}`),
  );
  const [first] = replays;
  for (const remark of new Set(replays.flatMap(({ remarks }) => remarks))) io.err(`switchback: ${remark}\n`);
  if (!json && first !== undefined) {
    const { comparison } = first.situation;
    io.out(
      `${comparison.candidateId} (${comparison.candidateTrack}) against ${comparison.controlId ?? "no control"}\n`,
    );
  }
  const sideBySide = policies.length > 1;
  const summaries = replays.map((replay, index) => {
    const label = policies[index]?.label ?? "";
    if (sideBySide && !json) io.out(`${label}\n`);
    return runOne(replay, {
      tickMs,
      onTick: (done, of) => {
        progress.say(`evaluating ${label}`, `${countDigits(done)} of ${countWords(of, "tick")}`);
      },
      onChange: (change) => {
        const line = { ...(sideBySide ? { policy: label } : {}), ...decisionLine(change) };
        print(line, () => describeChange(line));
      },
    });
  });
  const [summary, against] = summaries;
  if (summary === undefined) return;
  if (against === undefined) print(summary, () => describeSummary(summary));
  else
    print({ policy: summary, against }, () =>
      besides(
        policies.map(({ label }) => label),
        [summary, against],
      ),
    );
}

function runOne(replay: LoadedReplay, options: ReplayWatch): SummaryLine {
  const { final, firstRollbackMs, firstPauseMs, evaluations } = runReplay(replay, options);
  return {
    final,
    firstRollbackAt: timeOrNull(firstRollbackMs),
    firstPauseAt: timeOrNull(firstPauseMs),
    evaluations,
    requests: replay.requests,
  };
}

function besides(labels: readonly string[], summaries: readonly SummaryLine[]): string[] {
  return labels.flatMap((label, index) => {
    const summary = summaries[index];
    return summary === undefined ? [] : [`${label}:`, ...describeSummary(summary).map((line) => `  ${line}`)];
  });
}

function decisionLine({ atMs, decision, violations }: ReplayTick): DecisionLine {
  return { time: toRfc3339(atMs), decision, violations };
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : toRfc3339(ms);
}

function shareOf(policy: Policy, step: number): number {
  const count = stepsOf(policy).length;
  if (step > count) throw new UsageError(`--step ${step}: the policy has ${count} step${count === 1 ? "" : "s"}`);
  return exposureOf(policy, { state: "canary", pausedFrom: null, stepIndex: step - 1 }).percentage / 100;
}
