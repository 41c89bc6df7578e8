/**
 * Changed components with the reasons to suspect each, strongest first, in words. A reason states a fact and its counts;
 * it never claims a cause.
 */
import { COMPONENT_KINDS } from "@/server/domain/vocabulary";
import { parseReference } from "@/server/domain/release/component-map";
import { SYMPTOMS, type Symptom } from "@/server/domain/incident/symptom";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { alignDown, alignUp } from "@/server/domain/window/window";
import type { StoredRequest } from "@/server/store/stored-request";
import { wholeBuckets } from "./bucket";
import type { ComponentChange } from "./common-view";
import type { ReadDeps } from "./deps";
import { isFeatureView, parityBreakWords, type ViewParity } from "./feature-parity";
import { segmentsOf, segmentWords, type Segment } from "./request-segment";
import { failingOf, failingShare, failingWords, isClearlyWorse, symptomsOf, without } from "./request-symptom";
import type { RequestTraceView } from "./request-trace-view";
import { clockWords, lengthWords } from "@/server/domain/words/time-words";

/** Where failures are compared: this long before and after the request. */
const AROUND_MS = 3_600_000;
/** Windows in which the first bad one is looked for, and how far back. */
const WINDOW_MS = 600_000;
const LOOK_BACK_MS = 86_400_000;

/** Inputs whose content can differ from region to region or tenant to tenant while the release is the same. */
const DIFFERS_BY_SEGMENT: ReadonlySet<string> = new Set(["feature_view", "retrieval_index", "router", "tool_schema"]);

/** A reason and how strongly it points; the number orders, it is never shown. */
interface Reason {
  readonly text: string;
  readonly strength: number;
}

export interface SuspectFacts {
  readonly request: StoredRequest;
  readonly changes: readonly ComponentChange[];
  readonly knownGoodId: string;
  readonly parity: readonly ViewParity[];
  /** When the release began to serve; undefined when unknown. */
  readonly servedSinceMs: number | undefined;
}

/** One suspect per changed component. */
export function rankSuspects(deps: ReadDeps, facts: SuspectFacts): RequestTraceView["suspects"] {
  const concentration = concentrations(deps, facts);
  const onset = firstBadWindow(deps, facts);
  const suspects = facts.changes.map((change) => ({
    change,
    reasons: [
      ...parityReasons(change, facts.parity),
      ...(DIFFERS_BY_SEGMENT.has(kindOf(change)) ? concentration : []),
      ...(facts.changes.length === 1
        ? [{ text: "The only component that differs from the last known good release.", strength: 1 }]
        : []),
      ...onset,
      ...judgeReasons(change),
    ],
  }));
  const strength = (reasons: readonly Reason[]): number => reasons.reduce((sum, reason) => sum + reason.strength, 0);
  return suspects
    .toSorted((a, b) => strength(b.reasons) - strength(a.reasons) || kindOrder(a.change) - kindOrder(b.change))
    .map(({ change, reasons }) => ({ change, reasons: reasons.map(({ text }) => text) }));
}

/** `tool_schema/search` is a `tool_schema`. */
function kindOf({ kind }: ComponentChange): string {
  return kind.split("/")[0] ?? kind;
}

function kindOrder(change: ComponentChange): number {
  const index = COMPONENT_KINDS.findIndex((kind) => kind === kindOf(change));
  return index === -1 ? COMPONENT_KINDS.length : index;
}

function parityReasons({ kind, from, to }: ComponentChange, parity: readonly ViewParity[]): Reason[] {
  if (!isFeatureView(kind)) return [];
  const reference = parseReference(to ?? from ?? "");
  const names = reference === undefined ? [] : [reference.name, `${reference.name}@${reference.version}`];
  return parity
    .filter(({ view, equal }) => equal === false && names.includes(view))
    .map((broken) => ({ text: `Offline and online differ: ${parityBreakWords(broken)}.`, strength: 8 }));
}

function judgeReasons(change: ComponentChange): Reason[] {
  if (kindOf(change) !== "judge") return [];
  return [{ text: "Scores given before and after a change of judge cannot be compared.", strength: 0 }];
}

/** Segments of this request in which its release fails clearly more than elsewhere. */
function concentrations(deps: ReadDeps, facts: SuspectFacts): Reason[] {
  const { request } = facts;
  if (request.releaseId === null) return [];
  const own = symptomsOf(request);
  return segmentsOf(deps, request).flatMap((segment) =>
    (own.length > 0 ? own : SYMPTOMS).flatMap((symptom) => concentration(deps, { facts, segment, symptom })),
  );
}

function concentration(
  { telemetry }: ReadDeps,
  { facts, segment, symptom }: { facts: SuspectFacts; segment: Segment; symptom: Symptom },
): Reason[] {
  const { application, timeMs, releaseId } = facts.request;
  const range = {
    symptom,
    ...wholeBuckets(timeMs - AROUND_MS, timeMs + AROUND_MS),
  };
  const here = failingShare(telemetry, { scope: { application, releaseId, segment }, ...range });
  const elsewhere = without(failingShare(telemetry, { scope: { application, releaseId }, ...range }), here);
  if (!isClearlyWorse(here, elsewhere)) return [];
  const good = failingShare(telemetry, { scope: { application, releaseId: facts.knownGoodId, segment }, ...range });
  const beside =
    good.count === 0 ? "" : `; the last known good release in the same segment at the same time: ${failingWords(good)}`;
  return [
    {
      text: `In ${segmentWords(segment)}, ${failingWords(here)} ${symptom.words}, elsewhere ${failingWords(elsewhere)}${beside}.`,
      strength: 4,
    },
  ];
}

/** The first 10 minutes in which the release failed clearly more than the known good one did up to the request. */
function firstBadWindow({ telemetry, nowMs }: ReadDeps, facts: SuspectFacts): Reason[] {
  const { application, timeMs, releaseId } = facts.request;
  const since = facts.servedSinceMs;
  if (releaseId === null || since === undefined) return [];
  const fromMs = alignDown(Math.max(since, timeMs - LOOK_BACK_MS), WINDOW_MS);
  const toMs = alignUp(timeMs + 1, WINDOW_MS);
  for (const symptom of symptomsOf(facts.request)) {
    const measure = aggregateKey({ kind: "rate", event: symptom.event });
    // The known good release may have stopped when this one took over, so what it did before counts as well.
    const good = failingShare(telemetry, {
      scope: { application, releaseId: facts.knownGoodId },
      symptom,
      fromMs: fromMs - LOOK_BACK_MS,
      toMs,
    });
    const steps = telemetry.series({ application, releaseId, measure, fromMs, toMs, stepMs: WINDOW_MS });
    const bad = steps.find(({ aggregate }) => isClearlyWorse(failingOf(aggregate, symptom), good));
    if (bad === undefined) continue;
    const share = failingWords(failingOf(bad.aggregate, symptom));
    const after = lengthWords(Math.max(0, bad.startMs - since));
    const text =
      `The first bad 10 minutes began at ${clockWords(bad.startMs, nowMs)}, ${after} after the release began to serve: ` +
      `${share} ${symptom.words}.`;
    return [{ text, strength: 1 }];
  }
  return [];
}
