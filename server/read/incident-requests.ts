/** The requests that users got from the release of an incident while it was bad. */
import { toRfc3339 } from "@/server/domain/time";
import type { StoredRequest } from "@/server/store/stored-request";
import { wholeBuckets } from "./bucket";
import type { ReadDeps } from "./deps";
import { loadIncidentStory } from "./incident-story";
import { symptomsOf } from "./request-symptom";

const PAGE = 500;

/**
 * Pages, newest first; none for an incident about no release.
 *
 * @throws DomainError `not_found`, at the first page.
 */
export function* affectedRequests(
  deps: ReadDeps,
  { incidentId, onlyBad }: { incidentId: string; onlyBad: boolean },
): Generator<StoredRequest[], undefined> {
  const { incident, period } = loadIncidentStory(deps, incidentId);
  const { application, releaseId } = incident;
  if (releaseId === null) return;
  const filter = { application, releaseId, ...wholeBuckets(period.fromMs, period.toMs + 1) };
  let cursor: string | undefined;
  do {
    const page = deps.telemetry.listRequests(filter, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    yield page.items.filter((one) => one.track !== "shadow" && (!onlyBad || symptomsOf(one).length > 0));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

type Column = readonly [name: string, value: (request: StoredRequest) => string | number | boolean | null];

const COLUMNS: readonly Column[] = [
  ["requestId", (one) => one.requestId],
  ["time", (one) => toRfc3339(one.timeMs)],
  ["releaseId", (one) => one.releaseId],
  ["track", (one) => one.track],
  ["subjectHash", (one) => one.subjectHash],
  ["region", (one) => one.region],
  ["tenant", (one) => one.tenant],
  ["status", (one) => one.status],
  ["errorType", (one) => one.errorType],
  ["taskCompleted", (one) => one.taskCompleted],
  ["refused", (one) => one.refused],
  ["toxic", (one) => one.toxic],
  ["policyViolation", (one) => one.policyViolation],
  ["ttftMs", (one) => one.ttftMs],
  ["durationMs", (one) => one.durationMs],
  ["costUsd", (one) => one.costUsd],
];

export function csvHead(): string {
  return `${COLUMNS.map(([name]) => name).join(",")}\n`;
}

export function csvLine(request: StoredRequest): string {
  return `${COLUMNS.map(([, value]) => csvCell(value(request))).join(",")}\n`;
}

/** Quoted where needed; a text that a spreadsheet would run as a formula is made plain. */
function csvCell(value: string | number | boolean | null): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const plain = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
