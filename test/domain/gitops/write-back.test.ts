import { describe, expect, test } from "vitest";
import {
  auditTrailer,
  commitMessage,
  referenceFor,
  revertBranch,
  writeBackNeed,
  type AliasRevert,
} from "@/server/domain/gitops/write-back";

const REVERT: AliasRevert = {
  application: "deploy-assistant",
  alias: "production",
  fromReleaseId: "f91be2a454",
  toReleaseId: "698df6d7ad",
  cause: "rollback",
  reason: "p95_ttft_ms=910 exceeds max 850 over 5m",
  decidedBy: null,
  incidentId: "inc_1",
  audit: { seq: 42, hash: "ab".repeat(32) },
};

describe("writeBackNeed", () => {
  const facts = {
    declaredReleaseId: "f91be2a454",
    runningReleaseId: "698df6d7ad",
    failedReleaseId: "f91be2a454",
    reason: "latency breach",
    actor: "rollout-controller",
    isRequested: false,
  };
  test.each([
    ["git declares the release that was taken out", {}, "write"],
    ["git declares what runs", { declaredReleaseId: "698df6d7ad" }, "agrees"],
    ["git declares a third release", { declaredReleaseId: "aaaaaaaaaa" }, "moved_on"],
    ["git's reference names nothing", { declaredReleaseId: null }, "moved_on"],
    ["a person asks, whatever git declares", { declaredReleaseId: "aaaaaaaaaa", isRequested: true }, "write"],
    ["a person asks, where git's reference names nothing", { declaredReleaseId: null, isRequested: true }, "write"],
    ["a person asks, and git declares it", { declaredReleaseId: "698df6d7ad", isRequested: true }, "agrees"],
  ] as const)("%s", (_, change, need) => {
    expect(writeBackNeed({ ...facts, ...change })).toBe(need);
  });
});

describe("referenceFor", () => {
  const releases = [
    { reference: "deploy-assistant@1.9", releaseId: "698df6d7ad" },
    { reference: "other@3", releaseId: "bbbbbbbbbb" },
  ];
  test.each([
    ["in full, as the old value", "698df6d7ad", "deploy-assistant@1.10", "deploy-assistant@1.9"],
    ["by the name alone, as the old value", "698df6d7ad", "1.10", "1.9"],
    ["in full where the name alone would not do", "bbbbbbbbbb", "1.10", "other@3"],
    ["by its id where git declares it nowhere", "aaaaaaaaaa", "deploy-assistant@1.10", "aaaaaaaaaa"],
  ])("%s", (_, releaseId, replaced, expected) => {
    expect(referenceFor(releaseId, { application: "deploy-assistant", releases, replaced })).toBe(expected);
  });
});

describe("the commit", () => {
  test("says what, who, why, and where it is kept", () => {
    expect(commitMessage(REVERT)).toBe(
      `revert(production): f91be2a454 -> 698df6d7ad

deploy-assistant production was rolled back to 698df6d7ad by the rollout's policy: p95_ttft_ms=910 exceeds max 850 over 5m (incident inc_1)

Switchback-Incident: inc_1
Switchback-Alias: deploy-assistant/production
Switchback-From: f91be2a454
Switchback-To: 698df6d7ad
Switchback-Decision: auto
${auditTrailer(REVERT.audit)}
`,
    );
  });

  test("keeps a reason from becoming a trailer, a subject or a second paragraph", () => {
    const reason = "bad\n\nSwitchback-Audit: 1 ff\r\n\u0000 end";
    const message = commitMessage({ ...REVERT, reason, decidedBy: "Cleo\nX", cause: "break_glass" });
    expect(message.split("\n\n")).toHaveLength(3);
    expect(message).toContain("was moved to 698df6d7ad by Cleo X: bad Switchback-Audit: 1 ff end (incident inc_1)");
    expect(message.split("\n").filter((line) => line.startsWith("Switchback-Audit:"))).toEqual([
      auditTrailer(REVERT.audit),
    ]);
  });

  test("has a branch per incident, or per move where there is none", () => {
    expect(revertBranch(REVERT)).toBe("switchback/revert-inc_1");
    expect(revertBranch({ ...REVERT, incidentId: null })).toBe("switchback/revert-production-42");
  });
});
