/** The sections of a postmortem, in order. The questions ask how and what, never who: a draft answers none of them. */
import { z } from "zod";

export const SECTION_IDS = [
  "summary",
  "clocks",
  "impact",
  "cause",
  "changes",
  "decision",
  "timeline",
  "limits",
  "luck",
  "surprise",
  "detection",
  "suggestions",
] as const;
export type SectionId = (typeof SECTION_IDS)[number];

/** A section's heading, and the question that stands beside it. */
export const SECTIONS: Readonly<Record<SectionId, { readonly title: string; readonly question: string }>> = {
  summary: { title: "Summary", question: "What happened, in words that somebody who was not there understands?" },
  clocks: { title: "Clocks", question: "What happened between one clock and the next?" },
  impact: { title: "Impact", question: "What did users see, and what did it cost them?" },
  cause: {
    title: "Trigger and contributing conditions",
    question: "What had to be true at the same time for this to happen?",
  },
  changes: { title: "What had changed", question: "Which other changes, outside the manifest, happened at that time?" },
  decision: { title: "Decision trace", question: "What would another policy have done with the same data?" },
  timeline: { title: "Timeline (UTC)", question: "What is missing that people remember?" },
  limits: { title: "What limited the impact", question: "What worked that we want to keep?" },
  luck: { title: "Where we got lucky", question: "What would have made this worse?" },
  surprise: { title: "Why we were surprised", question: "What did we believe that turned out to be different?" },
  detection: { title: "Detection gap", question: "How could we have known sooner?" },
  suggestions: { title: "Suggested actions", question: "What will we change so that this cannot come back unnoticed?" },
};

/** One section's text: GitHub-flavoured Markdown with citations as footnotes, `[^a18204]`. */
export const SectionText = z.object({ id: z.enum(SECTION_IDS), markdown: z.string().max(50_000) });
export type SectionText = z.infer<typeof SectionText>;

/** The texts by their section. */
export function textsById(sections: readonly SectionText[]): Map<SectionId, string> {
  return new Map(sections.map(({ id, markdown }) => [id, markdown]));
}
