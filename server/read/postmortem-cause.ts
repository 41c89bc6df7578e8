/** How the release came to answer users, what stood in its way and what let it pass: facts of the record. */
import type { ExposureFact, GateFact, OverrideFact, ParityFact } from "@/server/domain/postmortem/facts";
import { listAudit } from "@/server/store/control/audit";
import { listMovesOfAlias } from "@/server/store/control/aliases";
import { findFirstReport } from "@/server/store/control/features";
import { listProvenance } from "@/server/store/control/releases";
import { listTransitions } from "@/server/store/control/rollouts";
import type { ReadDeps } from "./deps";
import { releaseParity, type ViewParity } from "./feature-parity";
import type { IncidentStory } from "./incident-story";
import type { Evidence } from "./postmortem-evidence";
import { readGates } from "./request-gates";
import { percentageThen } from "./request-origin";

const SERVING: ReadonlySet<string> = new Set(["shadow", "canary", "soak"]);
/** Audit entries of one feature view looked through. */
const ENTRIES = 50;

/** By its rollout, else by the newest move to it before the detection; null when it never served. */
export function exposureFact({ control }: ReadDeps, story: IncidentStory, evidence: Evidence): ExposureFact | null {
  const { incident, rollout } = story;
  const untilMs = incident.mitigatedAtMs ?? incident.detectedAtMs;
  if (rollout !== undefined && rollout.candidateId === incident.releaseId) {
    const serving = listTransitions(control, rollout.id).filter(
      (one) => SERVING.has(one.toState) && one.atMs <= untilMs,
    );
    const [first] = serving;
    const last = serving.at(-1);
    if (first === undefined || last === undefined) return null;
    // A rollback ends the rollout at that very instant: what was served is what was served just before.
    const percentage =
      percentageThen(control, { rollout, atMs: untilMs - 1 }) ?? percentageThen(control, { rollout, atMs: last.atMs });
    return {
      track: last.toState === "shadow" ? "shadow" : "canary",
      percentage: percentage ?? 0,
      sinceMs: first.atMs,
      by: evidence.who(first.auditSeq, "the rollout"),
      cites: evidence.audit(first.auditSeq),
    };
  }
  const { application, alias, releaseId } = incident;
  if (alias === null || releaseId === null) return null;
  const move = listMovesOfAlias(control, { application, alias }).findLast(
    (one) => one.toReleaseId === releaseId && one.atMs <= untilMs,
  );
  if (move === undefined) return null;
  const by = evidence.who(move.auditSeq, "somebody");
  return { track: "alias", percentage: 100, sinceMs: move.atMs, by, cites: evidence.audit(move.auditSeq) };
}

/** Pauses of the rollout that a person lifted, oldest first; a planned approval step is none. */
export function overrideFacts({ control }: ReadDeps, { rollout }: IncidentStory, evidence: Evidence): OverrideFact[] {
  if (rollout === undefined) return [];
  const transitions = listTransitions(control, rollout.id);
  return transitions.flatMap((pause, index) => {
    const next = transitions[index + 1];
    if (pause.event !== "pause" || next === undefined) return [];
    if (next.event !== "approve" && next.event !== "resume") return [];
    return [
      {
        paused: pause.reason,
        by: evidence.who(next.auditSeq, "somebody"),
        reason: next.reason,
        atMs: next.atMs,
        cites: [...evidence.audit(pause.auditSeq), ...evidence.audit(next.auditSeq)],
      },
    ];
  });
}

/** The golden-set results that the policy asked for, beside the baseline's. */
export function gateFacts(deps: ReadDeps, story: IncidentStory, evidence: Evidence): GateFact[] {
  const { incident, rollout, policy, controlId } = story;
  const { application, releaseId } = incident;
  if (releaseId === null) return [];
  const start = rollout === undefined ? undefined : listTransitions(deps.control, rollout.id)[0];
  return readGates(deps, { application, releaseId, baselineId: controlId, policy })
    .filter(({ passed }) => passed !== null)
    .map(({ suite, name, value, baseline, passed }) => ({
      words: `${suite} ${name} ${value}${baseline === null ? "" : ` (baseline ${baseline})`}`,
      passed,
      cites: [
        ...evidence.audit(start?.auditSeq),
        ...evidence.release(releaseId, `result ${name} of ${suite}: ${value}`),
      ],
    }));
}

/** Feature views of the release whose two sides differed when it served. */
export function parityFacts(deps: ReadDeps, story: IncidentStory, evidence: Evidence): ParityFact[] {
  const { application, releaseId } = story.incident;
  if (releaseId === null) return [];
  return releaseParity(deps, { application, releaseId, atMs: story.period.toMs }).flatMap((one) => {
    const { view, offline, online, equal } = one;
    if (equal !== false || offline === null || online === null) return [];
    const cites = [...reports(deps, { application, view }, evidence), ...evidence.release(releaseId, "its manifest")];
    return [{ view, offline, online, knownMs: knownSince(deps, { application, releaseId, broken: one }), cites }];
  });
}

/** When the later of the two sides was first told of; null when neither report is dated. */
function knownSince(
  { control }: ReadDeps,
  { application, releaseId, broken }: { application: string; releaseId: string; broken: ViewParity },
): number | null {
  const { view, offline, online } = broken;
  const declared = listProvenance(control, { application, releaseId });
  const times = (side: "offline" | "online", fingerprint: string | null): number[] => {
    if (fingerprint === null) return [];
    const report = findFirstReport(control, { application, view, side, fingerprint });
    const registered = declared.filter(({ fingerprints }) => side === "offline" && fingerprints[view] === fingerprint);
    return [...(report === undefined ? [] : [report.atMs]), ...registered.map(({ registeredAtMs }) => registeredAtMs)];
  };
  const [first, second] = [Math.min(...times("offline", offline)), Math.min(...times("online", online))];
  const knownMs = Math.max(first, second);
  return Number.isFinite(knownMs) ? knownMs : null;
}

function reports(
  { control }: ReadDeps,
  { application, view }: { application: string; view: string },
  evidence: Evidence,
): ParityFact["cites"] {
  const target = `application/${application}/feature_view/${view}`;
  const { items } = listAudit(control, { target, action: "fingerprint.recorded", limit: ENTRIES });
  return items.slice(0, 2).flatMap(({ seq }) => evidence.audit(seq));
}
