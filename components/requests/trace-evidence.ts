/** A request's trace as Markdown, to paste into a ticket or a chat: what it was, what served it, what is suspected. Pure. */
import type { RequestTrace } from "@/components/data/outputs";
import { formatValue } from "@/components/ui/format";
import { formatUtc } from "@/components/ui/format-time";
import { changeText } from "@/components/vocabulary/release";

/** @param url the address of the request's page. Times in UTC. */
export function traceEvidence(trace: RequestTrace, url: string): string {
  const { request, suspects } = trace;
  const facts = [
    `request \`${request.requestId}\``,
    formatUtc(Date.parse(request.time), "millisecond"),
    `release ${request.releaseId === null ? "unknown" : `\`${request.releaseId}\``}, ${request.track}`,
    ...Object.entries(request.segments).map(([key, value]) => `${key}=${value}`),
    ...(request.region === null ? [] : [`region=${request.region}`]),
    request.status === "error" ? `error ${request.errorType ?? ""}`.trim() : "ok",
    ...(request.ttftMs === null ? [] : [`first token ${formatValue(request.ttftMs, "ms")}`]),
  ];
  const lines = suspects.flatMap(({ change, reasons }) => [
    `- suspect: \`${changeText(change)}\``,
    ...reasons.map((reason) => `  - ${reason}`),
  ]);
  return [`> ${trace.sentence}`, "", facts.join(" · "), ...lines, "", url].join("\n");
}
