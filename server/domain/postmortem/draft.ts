/**
 * The draft of a postmortem, from facts alone: the same facts give the same text. Every line cites what it rests on;
 * nothing is inferred that the record does not say.
 */
import type { Citation } from "./citation";
import { citedIds } from "./citation";
import { causeSection, changesSection } from "./draft-cause";
import { decisionSection, timelineSection } from "./draft-decision";
import { impactSection } from "./draft-impact";
import { detectionSection, limitsSection, luckSection, surpriseSection } from "./draft-reflection";
import { suggestionsSection } from "./draft-suggestions";
import { clocksSection, summarySection } from "./draft-summary";
import type { Cited, PostmortemFacts } from "./facts";
import { SECTION_IDS, type SectionId, type SectionText } from "./sections";

/** What the generator wrote, with the evidence its text refers to. */
export interface PostmortemDraft {
  readonly sections: readonly SectionText[];
  readonly citations: readonly Citation[];
}

const WRITERS: Readonly<Record<SectionId, (facts: PostmortemFacts) => string>> = {
  summary: summarySection,
  clocks: clocksSection,
  impact: impactSection,
  cause: causeSection,
  changes: changesSection,
  decision: decisionSection,
  timeline: timelineSection,
  limits: limitsSection,
  luck: luckSection,
  surprise: surpriseSection,
  detection: detectionSection,
  suggestions: suggestionsSection,
};

/** Every section, empty where the record says nothing. */
export function draftPostmortem(facts: PostmortemFacts): PostmortemDraft {
  const sections = SECTION_IDS.map((id) => ({ id, markdown: WRITERS[id](facts) }));
  const cited = new Set(sections.flatMap(({ markdown }) => citedIds(markdown)));
  const citations = new Map(allCitations(facts).map((citation) => [citation.id, citation]));
  return { sections, citations: [...citations.values()].filter(({ id }) => cited.has(id)) };
}

function allCitations(facts: PostmortemFacts): Citation[] {
  const { incident, clocks, move, exposure, breaches, decision, impact, changes, blame, traffic } = facts;
  const several: readonly Cited[] = [
    ...clocks,
    ...breaches,
    ...facts.parity,
    ...facts.overrides,
    ...facts.gates,
    ...facts.drift,
    ...facts.examples,
    ...facts.timeline,
    ...(impact === null ? [] : [impact, ...impact.rows, ...impact.hurt, ...impact.alike, ...impact.spared]),
  ];
  const single = [incident, move, exposure, decision, changes, blame, traffic];
  return [...single.flatMap((one) => one?.cites ?? []), ...several.flatMap(({ cites }) => cites)];
}
