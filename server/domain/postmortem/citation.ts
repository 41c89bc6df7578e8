/**
 * What a line of a postmortem rests on: an audit entry, an evaluation, a window, a request or a release. A citation says
 * enough to be read by itself, because what it points at may be gone when somebody reads it.
 */
import { z } from "zod";
import { canonicalText } from "@/server/domain/canonical-text";
import { sha256Hex } from "@/server/domain/hash";
import { formatMetricValue } from "@/server/domain/metric/format-metric";
import { parseMetric } from "@/server/domain/metric/metric";
import type { Sample } from "@/server/domain/policy/evaluation";
import { toRfc3339 } from "@/server/domain/time";
import { countDigits } from "@/server/domain/words/count-words";

const CITATION_KINDS = ["audit", "evaluation", "window", "request", "release"] as const;

export const Citation = z.object({
  /** `a18204`, `e34`, `w3fa21c`: what `[^…]` in the text refers to; the same thing has the same id in every draft. */
  id: z.string().regex(/^[aewrv][0-9a-z]{1,20}$/),
  kind: z.enum(CITATION_KINDS),
  /** For a chip: `#18204`, `w:03:45`. */
  label: z.string().max(64),
  /** What it says, readable by itself. */
  text: z.string().max(1000),
  /** The page that shows it. */
  href: z.string().max(1000).nullable(),
});
export type Citation = z.infer<typeof Citation>;

/** `[^a18204][^w3fa21c]`: how citations stand in the text. */
export function marks(citations: readonly Citation[]): string {
  return [...new Set(citations.map(({ id }) => `[^${id}]`))].join("");
}

/** Ids that a text refers to, each once, in order. */
export function citedIds(text: string): string[] {
  return [...new Set([...text.matchAll(/\[\^([aewrv][0-9a-z]{1,20})\]/g)].map(([, id = ""]) => id))];
}

/** An entry of the audit log. */
export function auditCitation(
  entry: { seq: number; action: string; atMs: number; by: string },
  href: string,
): Citation {
  const { seq, action, atMs, by } = entry;
  const text = `audit entry ${seq}: ${action} by ${by} at ${toRfc3339(atMs)}`;
  return { id: `a${seq}`, kind: "audit", label: `#${seq}`, text, href };
}

/** A kept evaluation of a policy. */
export function evaluationCitation(
  evaluation: { id: number; policy: string; atMs: number; decision: string },
  href: string,
): Citation {
  const { id, policy, atMs, decision } = evaluation;
  const text = `evaluation ${id} of policy ${policy} on data to ${toRfc3339(atMs)}: ${decision.replaceAll("_", " ")}`;
  return { id: `e${id}`, kind: "evaluation", label: `e:${id}`, text, href };
}

/** One metric of one release over one period, with the value it had. */
export interface CitedWindow {
  readonly metric: string;
  readonly releaseId: string;
  /** `region=us-west`; absent for all requests. */
  readonly segment?: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly sample: Sample;
}

/** A window; its value is part of it, so that it says the same when the data have gone. */
export function windowCitation(window: CitedWindow, href: string): Citation {
  const { metric, releaseId, segment, fromMs, toMs, sample } = window;
  const place = segment === undefined ? "" : ` in ${segment}`;
  const period = `${toRfc3339(fromMs)} to ${toRfc3339(toMs)}`;
  return {
    id: `w${shortHash({ metric, releaseId, segment: segment ?? "", fromMs, toMs })}`,
    kind: "window",
    label: `w:${toRfc3339(fromMs).slice(11, 16)}`,
    text: `${metric} of ${releaseId}${place}, ${period}: ${sampleWords(metric, sample)}`,
    href,
  };
}

/** `42 % (95 % interval 33 % to 51 %, n=120)`, or `no data`. */
export function sampleWords(metric: string, { value, lower, upper, count }: Sample): string {
  const parsed = parseMetric(metric);
  const said = (number: number): string => (parsed === undefined ? String(number) : formatMetricValue(parsed, number));
  if (value === null) return "no data";
  const interval = lower === null || upper === null ? "" : `95 % interval ${said(lower)} to ${said(upper)}, `;
  return `${said(value)} (${interval}n=${countDigits(count)})`;
}

/** One stored request. */
export function requestCitation(request: { requestId: string; atMs: number; words: string }, href: string): Citation {
  const { requestId, atMs, words } = request;
  return {
    id: `r${shortHash({ requestId })}`,
    kind: "request",
    label: requestId.length > 24 ? `${requestId.slice(0, 23)}…` : requestId,
    text: `request ${requestId.slice(0, 128)} at ${toRfc3339(atMs)}: ${words}`.slice(0, 1000),
    href,
  };
}

/** A release's manifest. */
export function releaseCitation(release: { releaseId: string; words: string }, href: string): Citation {
  const { releaseId, words } = release;
  return {
    id: `v${releaseId}`,
    kind: "release",
    label: releaseId,
    text: `release ${releaseId}: ${words}`.slice(0, 1000),
    href,
  };
}

function shortHash(key: Readonly<Record<string, string | number>>): string {
  return sha256Hex(canonicalText(key)).slice(0, 8);
}
