/** An incident's status, severity and clocks. Its timeline is made elsewhere, of things that cannot change. */
import type { IncidentSeverity, IncidentStatus } from "@/server/domain/vocabulary";
import { INCIDENT_SEVERITIES } from "@/server/domain/vocabulary";

/** A mitigated or resolved incident opens again when the trouble returns; it is then the same incident. */
const TRANSITIONS: Readonly<Record<IncidentStatus, readonly IncidentStatus[]>> = {
  open: ["mitigated", "resolved"],
  mitigated: ["open", "resolved"],
  resolved: ["open"],
};

/** Whether the status may change so; staying the same is no change. */
export function canChangeStatus(from: IncidentStatus, to: IncidentStatus): boolean {
  return TRANSITIONS[from].includes(to);
}

/** The statuses an incident may change to. */
export function nextStatuses(from: IncidentStatus): readonly IncidentStatus[] {
  return TRANSITIONS[from];
}

const SEVERITY_OF_LABEL: ReadonlyMap<string, IncidentSeverity> = new Map([
  ["critical", "critical"],
  ["page", "critical"],
  ["error", "major"],
  ["major", "major"],
  ["high", "major"],
  ["warning", "minor"],
  ["minor", "minor"],
  ["info", "minor"],
  ["none", "minor"],
]);

/** The severity of an alert's `severity` label; major when it has none or an unknown one. */
export function severityOfLabel(label: string | undefined): IncidentSeverity {
  return SEVERITY_OF_LABEL.get(label?.toLowerCase() ?? "") ?? "major";
}

/** The gravest of several; minor of none. */
export function worstSeverity(severities: readonly IncidentSeverity[]): IncidentSeverity {
  return INCIDENT_SEVERITIES.find((severity) => severities.includes(severity)) ?? "minor";
}

/** The four clocks. `startedAtMs` is when users began to be hurt, which is often learnt only later. */
export interface IncidentTimes {
  readonly startedAtMs: number;
  readonly detectedAtMs?: number;
  readonly mitigatedAtMs?: number;
  readonly resolvedAtMs?: number;
}

/** Durations since the start; absent while the clock has not stopped. */
export interface IncidentDurations {
  readonly toDetectMs?: number;
  readonly toMitigateMs?: number;
  readonly toResolveMs?: number;
}

/**
 * Time to detect, mitigate and resolve, each from the start. An incident resolved without ever being called mitigated
 * was mitigated when it was resolved. A clock before the start (the start was corrected) counts as 0.
 */
export function incidentDurations(times: IncidentTimes): IncidentDurations {
  const since = (atMs: number): number => Math.max(0, atMs - times.startedAtMs);
  const mitigatedAtMs = times.mitigatedAtMs ?? times.resolvedAtMs;
  return {
    ...(times.detectedAtMs === undefined ? {} : { toDetectMs: since(times.detectedAtMs) }),
    ...(mitigatedAtMs === undefined ? {} : { toMitigateMs: since(mitigatedAtMs) }),
    ...(times.resolvedAtMs === undefined ? {} : { toResolveMs: since(times.resolvedAtMs) }),
  };
}
