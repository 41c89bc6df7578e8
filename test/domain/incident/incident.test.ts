import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canChangeStatus,
  incidentDurations,
  nextStatuses,
  severityOfLabel,
  worstSeverity,
} from "@/server/domain/incident/incident";
import { INCIDENT_SEVERITIES, INCIDENT_STATUSES } from "@/server/domain/vocabulary";

describe("incident status", () => {
  it.each([
    ["open", "mitigated", true],
    ["open", "resolved", true],
    ["mitigated", "resolved", true],
    ["mitigated", "open", true],
    ["resolved", "open", true],
    ["resolved", "mitigated", false],
    ["open", "open", false],
  ] as const)("%s → %s: %s", (from, to, allowed) => {
    expect(canChangeStatus(from, to)).toBe(allowed);
  });

  it("always leads on: no incident is stuck, and every one can be resolved", () => {
    for (const status of INCIDENT_STATUSES) {
      expect(nextStatuses(status).length).toBeGreaterThan(0);
      expect(status === "resolved" || canChangeStatus(status, "resolved")).toBe(true);
    }
  });
});

describe("severity", () => {
  it.each([
    ["critical", "critical"],
    ["Page", "critical"],
    ["warning", "minor"],
    ["error", "major"],
    ["p7", "major"],
    [undefined, "major"],
  ])("of the label %s is %s", (label, severity) => {
    expect(severityOfLabel(label)).toBe(severity);
  });

  it("of several is the gravest, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...INCIDENT_SEVERITIES)), (severities) => {
        const worst = worstSeverity(severities);
        expect(
          severities.every((each) => INCIDENT_SEVERITIES.indexOf(each) >= INCIDENT_SEVERITIES.indexOf(worst)),
        ).toBe(true);
        expect(worstSeverity(severities.toReversed())).toBe(worst);
      }),
    );
  });
});

describe("incident clocks", () => {
  it.each([
    ["while it runs", {}, {}],
    ["detected", { detectedAtMs: 4000 }, { toDetectMs: 3000 }],
    ["mitigated", { detectedAtMs: 4000, mitigatedAtMs: 9000 }, { toDetectMs: 3000, toMitigateMs: 8000 }],
    [
      "resolved at once",
      { detectedAtMs: 4000, resolvedAtMs: 9000 },
      { toDetectMs: 3000, toMitigateMs: 8000, toResolveMs: 8000 },
    ],
    ["detected before a corrected start", { detectedAtMs: 500 }, { toDetectMs: 0 }],
  ])("%s", (_, times, durations) => {
    expect(incidentDurations({ startedAtMs: 1000, ...times })).toEqual(durations);
  });
});
