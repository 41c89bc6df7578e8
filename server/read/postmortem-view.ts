/** A postmortem as pages and the API show it. */
import { z } from "zod";
import { ActionItem } from "@/server/control/add-action-item";
import { Citation } from "@/server/domain/postmortem/citation";
import { SECTION_IDS } from "@/server/domain/postmortem/sections";
import { POSTMORTEM_STATUSES } from "@/server/domain/postmortem/status";
import { CLOCK_NAMES } from "@/server/domain/postmortem/facts";
import { Time } from "@/server/domain/time";
import { Actor } from "./common-view";
import { IncidentSummary } from "./incident-view";
import { FrozenChartView } from "./pinned-evidence-view";

/** One line of a section's Markdown and where it comes from; `no_evidence` is a person's line that cites nothing. */
const Line = z.object({ text: z.string(), state: z.enum(["generated", "edited", "no_evidence", "structure"]) });

const Section = z.object({
  id: z.enum(SECTION_IDS),
  title: z.string(),
  /** Stands beside the section: how and what, never who. */
  question: z.string(),
  /** GitHub-flavoured Markdown; `[^a12]` refers to a citation. What an editor edits and sends back. */
  markdown: z.string(),
  /** Nobody has changed what the generator wrote. */
  generated: z.boolean(),
  /** What the generator would write now, where a person's text keeps it out and the record says something else. */
  newer: z.string().nullable(),
  lines: z.array(Line),
});

export const ActionItemView = ActionItem.extend({ overdue: z.boolean() });
export type ActionItemView = z.input<typeof ActionItemView>;

const ClockTime = z.object({
  name: z.enum(CLOCK_NAMES),
  /** Null while it runs, or when nobody knows. */
  at: Time.nullable(),
  /** Since the start; null while that clock runs, or when nobody knows when it began. */
  sinceStartMs: z.number().nullable(),
  how: z.string(),
});

export const PostmortemView = z.object({
  incident: IncidentSummary,
  /** 0 before anybody saved one: then everything is as the generator writes it. A save sends it back. */
  version: z.number().int(),
  status: z.enum(POSTMORTEM_STATUSES),
  savedAt: Time.nullable(),
  savedBy: Actor.nullable(),
  generatedAt: Time,
  clocks: z.array(ClockTime),
  sections: z.array(Section),
  /** By the ids in the text. */
  citations: z.array(Citation),
  charts: z.array(FrozenChartView),
  actions: z.array(ActionItemView),
  /** What it may become from here. */
  nextStatuses: z.array(z.enum(POSTMORTEM_STATUSES)),
  /** Why it cannot be published yet; empty when it can. */
  missingForPublication: z.array(z.string()),
});
export type PostmortemView = z.input<typeof PostmortemView>;

export const PostmortemVersionsView = z.object({
  /** Newest first. */
  items: z.array(
    z.object({
      version: z.number().int(),
      status: z.enum(POSTMORTEM_STATUSES),
      at: Time,
      by: Actor,
      note: z.string().nullable(),
      auditSeq: z.number().int(),
    }),
  ),
});

export const ActionListView = z.object({ items: z.array(ActionItemView), sentence: z.string() });
