/** Every judge of an application with its agreement and its anchor runs, and the scores that labels are about. */
import type { SubmitJudgeLabelsInput } from "@/server/control/submit-judge-labels";
import { judgeRecord } from "@/server/control/judge-core";
import { countWords } from "@/server/domain/words/count-words";
import { listJudges } from "@/server/store/control/judges";
import type { ReadDeps } from "./deps";
import type { JudgesView } from "./judges-view";

export function readJudges({ control, nowMs }: ReadDeps, application: string): JudgesView {
  const items = listJudges(control, application).map(({ judge, score }): JudgesView["items"][number] => {
    const { agreement, labelsLastUntilMs, anchors, drifting } = judgeRecord(
      control,
      { application, judge, score },
      nowMs,
    );
    const { n, rate, rateInterval, kappa, bias, biasInterval, calibrated, reasons } = agreement;
    return {
      judge,
      score,
      calibrated,
      reasons: [...reasons],
      drifting,
      calibratedUntil: calibrated ? labelsLastUntilMs : null,
      agreement: {
        n,
        rate,
        rateLower: rateInterval.lower ?? null,
        rateUpper: rateInterval.upper ?? null,
        kappa,
        bias,
        biasLower: biasInterval.lower ?? null,
        biasUpper: biasInterval.upper ?? null,
      },
      anchors: anchors.map(({ atMs, ...point }) => ({ at: atMs, ...point })),
    };
  });
  return { application, ...judgesSentence(items), items };
}

function judgesSentence(items: JudgesView["items"]): Pick<JudgesView, "sentence" | "tone"> {
  if (items.length === 0) {
    return {
      tone: "neutral",
      sentence: "No judge has human labels or an anchor run so far: none may drive a rollback.",
    };
  }
  const drifting = items.find((item) => item.drifting);
  if (drifting !== undefined) {
    return {
      tone: "review",
      sentence: `Judge ${drifting.judge} no longer scores its anchor answers as it did: its ${drifting.score} rules decide nothing.`,
    };
  }
  const calibrated = items.filter((item) => item.calibrated).length;
  const rest = items.find((item) => !item.calibrated);
  const lacks = rest === undefined ? "" : ` ${rest.judge} on ${rest.score} is not: ${rest.reasons[0] ?? ""}.`;
  return {
    tone: rest === undefined ? "ok" : "review",
    sentence: `${countWords(calibrated, "judge")} of ${items.length} may drive a rollback.${lacks}`,
  };
}

/** The labels with the judge's own score of the request, where the sender left it out and it is stored. */
export function withJudgeValues({ telemetry }: ReadDeps, input: SubmitJudgeLabelsInput): SubmitJudgeLabelsInput {
  const { application, judge, score } = input;
  const labels = input.labels.map((label) => {
    if (label.judgeValue !== undefined) return label;
    const request = telemetry.findRequest({ requestId: label.itemId, application });
    const found = request?.scores.find((one) => one.name === score && one.judge === judge);
    return found === undefined ? label : { ...label, judgeValue: found.value };
  });
  return { ...input, labels };
}
