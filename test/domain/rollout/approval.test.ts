import { describe, expect, it } from "vitest";
import { evidenceHash, isSameParty, violationKeys } from "@/server/domain/rollout/approval";

describe("the same party", () => {
  const ana = { id: "usr_1", name: "Ana Lima", email: "ana@example.org" };
  it.each<[string, string, boolean]>([
    ["the user id", "usr_1", true],
    ["the display name", "Ana Lima", true],
    ["another spelling of it", "ana lima ", true],
    ["the address of a commit's author", "A. Lima <ana@example.org>", true],
    ["the name of a commit's author", "Ana Lima <other@example.org>", true],
    ["the bare address", "ANA@example.org", true],
    ["somebody else", "Ben Okri <ben@example.org>", false],
    ["nobody", "", false],
    ["a part of the name", "Ana", false],
  ])("is %s", (_, party, same) => {
    expect(isSameParty(ana, party)).toBe(same);
  });

  it("is found when only the product's name carries the address", () => {
    expect(isSameParty({ id: "usr_2", name: "ben@example.org" }, "Ben Okri <ben@example.org>")).toBe(true);
  });
});

describe("the evidence of an approval", () => {
  const weak = { metric: "groundedness_score", action: "pause_for_review" };
  const base = { candidateId: "a0e277e29c", policyName: "default", policyVersion: 1, stepIndex: 2, violations: [weak] };
  const hash = evidenceHash(base);

  it.each<[string, Partial<typeof base>, boolean]>([
    ["the same again", {}, true],
    ["the same limit named twice", { violations: [weak, weak] }, true],
    ["another release", { candidateId: "f91be2a454" }, false],
    ["another version of the policy", { policyVersion: 2 }, false],
    ["another step", { stepIndex: 3 }, false],
    ["nothing broken any more", { violations: [] }, false],
    ["one more broken limit", { violations: [weak, { metric: "error_rate", action: "notify" }] }, false],
  ])("for %s", (_, change, same) => {
    expect(evidenceHash({ ...base, ...change }) === hash).toBe(same);
  });

  it("tells segments apart and ignores the order", () => {
    const west = { ...weak, segment: "region=us-west" };
    expect(violationKeys([west, weak])).toEqual(violationKeys([weak, west]));
    expect(violationKeys([west, weak])).toHaveLength(2);
  });
});
