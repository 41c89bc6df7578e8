/** The clocks of an incident: each time with how it is known and what it rests on. */
import { parseMetric } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { sampleOf } from "@/server/domain/incident/impact";
import type { ClockFact } from "@/server/domain/postmortem/facts";
import { listIncidentEvents, type IncidentEventRow, type IncidentRow } from "@/server/store/control/incidents";
import { firstDelivery } from "@/server/store/control/notifications";
import { wholeBuckets } from "./bucket";
import type { ReadDeps } from "./deps";
import type { IncidentStory } from "./incident-story";
import type { Evidence } from "./postmortem-evidence";
import { served } from "./served";

const MINUTE_MS = 60_000;

/** In the order in which they stop. */
export function clockFacts(deps: ReadDeps, story: IncidentStory, evidence: Evidence): ClockFact[] {
  const { incident, move } = story;
  const events = listIncidentEvents(deps.control, incident.id);
  const seqOf = (kind: string, matches: (event: IncidentEventRow) => boolean = () => true): number | null =>
    events.find((event) => event.kind === kind && matches(event))?.auditSeq ?? null;
  const opened = evidence.audit(seqOf("opened"));
  return [
    startClock(deps, story, { evidence, opened }),
    { name: "detected", atMs: incident.detectedAtMs, how: DETECTED[incident.cause], cites: opened },
    ...(move === undefined
      ? []
      : [
          {
            name: "decided" as const,
            atMs: move.atMs,
            how: decidedBy(story),
            cites: [...evaluationCites(story, evidence), ...evidence.audit(move.auditSeq)],
          },
        ]),
    ...communicatedClock(deps, story, opened),
    {
      name: "mitigated",
      atMs: incident.mitigatedAtMs,
      how: move === undefined ? "status set" : "the alias moved",
      cites: evidence.audit(seqOf("status", (event) => event.atMs === incident.mitigatedAtMs) ?? move?.auditSeq),
    },
    ...(incident.releaseId === null
      ? []
      : [
          {
            name: "drained" as const,
            atMs: incident.drainedAtMs,
            how: "last request on the failed release, in telemetry",
            cites: evidence.audit(seqOf("drain")),
          },
        ]),
    {
      name: "resolved",
      atMs: incident.resolvedAtMs,
      how: "status set",
      cites: evidence.audit(seqOf("status", (event) => event.atMs === incident.resolvedAtMs)),
    },
  ];
}

/** Left out where nobody has been told, or no route tells anybody. */
function communicatedClock({ control }: ReadDeps, { incident }: IncidentStory, cites: ClockFact["cites"]): ClockFact[] {
  const atMs = firstDelivery(control, incident.id);
  return atMs === undefined
    ? []
    : [{ name: "communicated", atMs, how: "the first notification was taken by its receiver", cites }];
}

const DETECTED: Readonly<Record<IncidentRow["cause"], string>> = {
  decision: "a policy decided",
  alert: "an alert arrived",
  person: "somebody opened the incident",
  rollback: "somebody rolled back",
};

function decidedBy({ incident, rollout }: IncidentStory): string {
  if (incident.cause !== "decision" || rollout === undefined) return "somebody decided";
  return `policy ${rollout.policyName}@${rollout.policyVersion} decided`;
}

function evaluationCites({ evaluation, rollout, incident }: IncidentStory, evidence: Evidence): ClockFact["cites"] {
  if (incident.cause !== "decision" || evaluation === undefined || rollout === undefined) return [];
  return evidence.evaluation(evaluation.row, rollout);
}

/** Rests on the first bad minute, as telemetry has it now. */
function startClock(
  { telemetry }: ReadDeps,
  { incident, breaches, period, rollout }: IncidentStory,
  { evidence, opened }: { evidence: Evidence; opened: ClockFact["cites"] },
): ClockFact {
  const clock = { name: "started", atMs: period.startedMs, how: period.how } as const;
  const [breach] = breaches;
  const metric = breach === undefined ? undefined : parseMetric(breach.violation.metric);
  const { application, releaseId } = incident;
  if (breach === undefined || metric === undefined || releaseId === null || period.startedMs === null) {
    return { ...clock, cites: opened };
  }
  const range = wholeBuckets(period.startedMs, period.startedMs + MINUTE_MS);
  const { segment } = breach;
  const scope = { application, releaseId, ...(segment === undefined ? {} : { segment }) };
  const sample = sampleOf(metric, served(telemetry, { ...scope, measure: aggregateKey(metric), ...range }));
  const { metric: name, segment: where } = breach.violation;
  const cites = evidence.window({ metric: name, releaseId, segment: where, ...range, sample }, rollout);
  return { ...clock, cites };
}
