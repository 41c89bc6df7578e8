/**
 * The Compare screen: candidate against its concurrent control over one range. Values, windows and verdicts come from
 * the rollups and from what the evaluator stored; nothing is decided here.
 */
import type { z } from "zod";
import { describePolicy } from "@/server/domain/policy/describe-policy";
import { compareEvents } from "./compare-events";
import { compareRows } from "./compare-rows";
import { compareSegments } from "./compare-segments";
import { resolveCompareSubject, type CompareInput, type CompareSubject } from "./compare-subject";
import { compareTraffic } from "./compare-traffic";
import type { CompareView } from "./compare-view";
import { bothTruths, compareReasons, compareSentence, compareTone } from "./compare-words";
import type { ReadDeps } from "./deps";
import { readFreshness } from "./freshness";
import { changesBetween, releaseRefs } from "./release-ref";
import { summariseRollout } from "./rollout-summary";

type View = z.input<typeof CompareView>;

/** @throws DomainError when the rollout or release does not exist, or neither is named. */
export function readCompare(deps: ReadDeps, input: CompareInput): View {
  const subject = resolveCompareSubject(deps, input);
  const rows = compareRows(deps, subject);
  const rollout = subject.rollout === undefined ? null : summariseRollout(deps, subject.rollout);
  const refs = releaseRefs(deps.control, subject.application);
  const facts = { subject, rows, rollout };
  return {
    application: subject.application,
    candidate: refs(subject.candidateId),
    control: subject.controlId === null ? null : refs(subject.controlId),
    mode: subject.mode,
    rollout,
    freshness: readFreshness(deps, subject.application),
    sentence: compareSentence(facts),
    tone: compareTone(facts),
    decision: subject.evaluation?.decision ?? null,
    reasons: compareReasons(subject.evaluation),
    violations: subject.evaluation?.violations ?? [],
    bothTruths: bothTruths(facts),
    changes: changedFromControl(deps, subject),
    traffic: compareTraffic(deps, subject),
    range: { from: subject.fromMs, to: subject.toMs, stepMs: subject.stepMs, windowMs: subject.windowMs },
    rows,
    segments: compareSegments(deps, subject),
    events: compareEvents(deps, subject),
    policy:
      subject.policy === undefined
        ? null
        : {
            name: subject.policy.document.name,
            version: subject.policy.version,
            evidence: subject.policy.document.evidence,
            sentences: describePolicy(subject.policy.document),
          },
    incidentId: subject.rollout?.incidentId ?? null,
  };
}

function changedFromControl(
  { control }: ReadDeps,
  { application, candidateId, controlId }: CompareSubject,
): View["changes"] {
  if (controlId === null) return [];
  return changesBetween(control, { application, fromId: controlId, toId: candidateId }) ?? [];
}
