/** Everything the record says of an incident, as the facts that a draft is made of. */
import { changeWords } from "@/server/domain/words/change-words";
import { shareWords } from "@/server/domain/words/count-words";
import type { Citation } from "@/server/domain/postmortem/citation";
import type { BlameFact, PostmortemFacts, TimelineFact } from "@/server/domain/postmortem/facts";
import { findEvaluation } from "@/server/store/control/evaluations";
import { listIncidentEvents } from "@/server/store/control/incidents";
import type { ReadDeps } from "./deps";
import { blameOf } from "./incident-blame";
import type { IncidentBlameView } from "./incident-blame-view";
import { incidentChanges } from "./incident-changes";
import { incidentSentence } from "./incident-sentence";
import type { IncidentStory } from "./incident-story";
import { asTold } from "@/server/domain/incident/told";
import { incidentTimeline } from "./incident-timeline";
import { exposureFact, gateFacts, overrideFacts, parityFacts } from "./postmortem-cause";
import { clockFacts } from "./postmortem-clocks";
import { Evidence } from "./postmortem-evidence";
import { breachFacts, decisionFact, exampleFacts, impactFacts, trafficFact } from "./postmortem-measured";

/** A document is read on other days: its clocks carry their dates. */
const NO_DAY = 0;

/** The same record gives the same facts. */
export function postmortemFacts(deps: ReadDeps, story: IncidentStory): PostmortemFacts {
  const { incident, move } = story;
  const evidence = new Evidence(deps, incident.application);
  const blame = blameOf(deps, story);
  const changes = incidentChanges(deps, incident);
  const manifests = manifestCites(story, evidence);
  const breaches = breachFacts(story, evidence);
  const examples = exampleFacts(deps, story, evidence);
  const opened = listIncidentEvents(deps.control, incident.id).find(({ kind }) => kind === "opened");
  return {
    incident: {
      id: incident.id,
      application: incident.application,
      title: incident.title,
      severity: incident.severity,
      status: incident.status,
      sentence: withoutNames(incidentSentence(incident, { move, nowMs: NO_DAY }), move, evidence),
      cites: evidence.audit(opened?.auditSeq),
    },
    clocks: clockFacts(deps, story, evidence),
    releaseId: incident.releaseId,
    move: moveFact(story, evidence),
    exposure: exposureFact(deps, story, evidence),
    breaches,
    decision: decisionFact(story, evidence),
    impact: impactFacts(deps, story, evidence),
    changes: changes === null ? null : { ...changes, cites: manifests },
    parity: parityFacts(deps, story, evidence),
    overrides: overrideFacts(deps, story, evidence),
    gates: gateFacts(deps, story, evidence),
    blame: blame === null ? null : blameFact(blame, [...breaches.flatMap(({ cites }) => cites), ...manifests]),
    drift: (blame?.drift ?? []).map(({ words }) => ({ words, cites: examples.flatMap(({ cites }) => cites) })),
    examples,
    traffic: trafficFact(deps, story, evidence),
    timeline: timelineFacts(deps, story, evidence),
  };
}

function manifestCites({ incident, controlId }: IncidentStory, evidence: Evidence): Citation[] {
  const own = incident.releaseId === null ? [] : evidence.release(incident.releaseId, "its manifest");
  return [...own, ...(controlId === null ? [] : evidence.release(controlId, "its manifest"))];
}

function moveFact({ move }: IncidentStory, evidence: Evidence): PostmortemFacts["move"] {
  if (move === undefined || move.fromReleaseId === null) return null;
  const { alias, fromReleaseId, toReleaseId, atMs, actorKind, auditSeq } = move;
  return {
    alias,
    fromReleaseId,
    toReleaseId,
    atMs,
    automatic: actorKind === "controller",
    cites: evidence.audit(auditSeq),
  };
}

function blameFact({ sentence, suspects, verdict }: IncidentBlameView, cites: readonly Citation[]): BlameFact {
  const ranked = suspects.map(({ change, probability, reasons }) => ({
    words: `${changeWords(change)} (probability ${shareWords(probability)})`,
    reasons,
  }));
  return { sentence, suspects: verdict === "everyone_is_worse" ? [] : ranked, cites };
}

function timelineFacts(deps: ReadDeps, { incident, rollout }: IncidentStory, evidence: Evidence): TimelineFact[] {
  return asTold(incidentTimeline(deps, incident)).map((entry) => {
    const who = evidence.who(entry.auditSeq, entry.actor.kind === "controller" ? "the policy" : "the record");
    const evaluation = entry.evaluationId === undefined ? undefined : findEvaluation(deps.control, entry.evaluationId);
    const evaluated = evaluation === undefined || rollout === undefined ? [] : evidence.evaluation(evaluation, rollout);
    return {
      atMs: entry.at,
      kind: entry.kind,
      who,
      text: entry.actor.kind === "controller" ? entry.text : entry.text.replaceAll(entry.actor.label, who),
      cites: [...evidence.audit(entry.auditSeq), ...evaluated],
    };
  });
}

/** People are said by their roles. */
function withoutNames(text: string, move: IncidentStory["move"], evidence: Evidence): string {
  if (move === undefined || move.actorKind === "controller") return text;
  return text.replaceAll(move.actorName, evidence.who(move.auditSeq, "somebody"));
}
