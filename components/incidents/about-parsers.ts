/** What a new incident is about, as the address holds it: a request, or a chart of a metric over a time. Pure. */
import type { Inputs } from "@/components/data/outputs";

export type EvidenceChoice = Inputs["incidents"]["pin"]["evidence"];

export interface IncidentAbout {
  evidence: EvidenceChoice | null;
  alias: string | null;
  releaseId: string | null;
  /** What the title field begins with. */
  title: string;
}

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** Unknown or broken members are left out: the form is then just emptier. */
export function incidentAbout(query: Query): IncidentAbout {
  const text = (key: string): string | null => {
    const value = query[key];
    return typeof value === "string" && value !== "" ? value : null;
  };
  return {
    evidence: evidenceOf(text),
    alias: text("alias"),
    releaseId: text("releaseId"),
    title: text("title") ?? "",
  };
}

function evidenceOf(text: (key: string) => string | null): EvidenceChoice | null {
  const requestId = text("requestId");
  if (requestId !== null) return { kind: "request", requestId };
  const [metric, releaseId, from, to] = [text("metric"), text("releaseId"), text("from"), text("to")];
  if (metric === null || releaseId === null || from === null || to === null) return null;
  const controlId = text("controlId");
  const [key = "", value] = (text("segment") ?? "").split(/=(.*)/s);
  return {
    kind: "chart",
    metric,
    releaseId,
    from,
    to,
    ...(controlId === null ? {} : { controlId }),
    ...(value === undefined ? {} : { segment: { key, value } }),
  };
}

/** What will be pinned, in words. */
export function evidenceWords(evidence: EvidenceChoice): string {
  if (evidence.kind === "request") return `the request ${evidence.requestId}`;
  const { metric, segment, from, to } = evidence;
  const place = segment === undefined ? "" : ` in ${segment.key}=${segment.value}`;
  return `the chart of ${metric}${place} from ${String(from).slice(0, 16)}Z to ${String(to).slice(0, 16)}Z`;
}
