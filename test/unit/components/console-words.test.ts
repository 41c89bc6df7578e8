/** Sentences and spans that pages compute themselves. */
import { describe, expect, it } from "vitest";
import { spanWords } from "@/components/charts/chart-words";
import { spanOf } from "@/components/charts/mark-layer";
import { breachSpan, paramsOfSpan, spanOfParams } from "@/components/compare/window-differences";
import { liveSentence } from "@/components/rollouts/rollouts-screen";
import { membersSentence } from "@/components/settings/members-screen";
import { tokensSentence } from "@/components/settings/tokens-screen";
import { isUndecided } from "@/server/domain/policy/evaluation";

const AT = Date.parse("2026-04-12T03:45:00Z");
const MINUTE = 60_000;

describe("a marked span", () => {
  const window = (atMs: number) => ({ atMs, candidate: null, control: null, provisional: false, breaching: false });
  const range = { fromMs: AT - 10 * MINUTE, toMs: AT + 10 * MINUTE, stepMs: MINUTE };

  it("is the same whichever end was marked first, and holds both windows whole", () => {
    const span = { fromMs: AT - MINUTE, toMs: AT + 2 * MINUTE };
    expect(spanOf(window(AT), window(AT + 2 * MINUTE), range)).toEqual(span);
    expect(spanOf(window(AT + 2 * MINUTE), window(AT), range)).toEqual(span);
    expect(spanWords(span, "utc")).toBe("03:44:00 to 03:47:00 UTC");
  });

  it("comes back from the address, and nothing else does", () => {
    const span = { fromMs: AT, toMs: AT + MINUTE };
    expect(spanOfParams(paramsOfSpan(span))).toEqual(span);
    expect(spanOfParams({ spanFrom: null, spanTo: null })).toBeNull();
    expect(spanOfParams({ spanFrom: "yesterday", spanTo: "2026-04-12T03:45:00Z" })).toBeNull();
    expect(spanOfParams({ spanFrom: "2026-04-12T03:45:00Z", spanTo: "2026-04-12T03:45:00Z" })).toBeNull();
  });

  it("of the broken limit begins with the first broken window's first request", () => {
    const point = (atMs: number, breaching: boolean) => ({
      at: new Date(atMs).toISOString(),
      candidate: null,
      control: null,
      provisional: false,
      breaching,
    });
    const points = [point(AT, false), point(AT + MINUTE, true), point(AT + 2 * MINUTE, true), point(AT, false)];
    expect(breachSpan({ points }, 5 * MINUTE)).toEqual({ fromMs: AT - 4 * MINUTE, toMs: AT + 2 * MINUTE });
    expect(breachSpan({ points: [point(AT, false)] }, MINUTE)).toBeNull();
  });
});

describe("a page's sentence", () => {
  it.each([
    [[], "No rollout is under way."],
    [["canary"], "1 rollout is under way; none waits for a person."],
    [["paused"], "1 rollout is under way; it waits for a person."],
    [["canary", "paused"], "2 rollouts are under way; 1 of them waits for a person."],
    [["paused", "paused"], "2 rollouts are under way; all of them wait for a person."],
  ] as const)("about rollouts in %j", (states, sentence) => {
    expect(liveSentence(states.map((state) => ({ state })))).toBe(sentence);
  });

  it("counts people by role, and active tokens with those that never expire", () => {
    expect(membersSentence([{ role: "on_call" }, { role: "admin" }, { role: "on_call" }])).toBe(
      "3 people may sign in: 1 admin, 2 on-call.",
    );
    const active = { state: "active", expiresAt: null } as const;
    expect(tokensSentence([active, { state: "revoked", expiresAt: null }])).toBe(
      "1 token is active, 1 of them without an expiry.",
    );
    expect(tokensSentence([{ state: "active", expiresAt: "2027-01-01T00:00:00.000Z" }])).toBe("1 token is active.");
    expect(tokensSentence([])).toBe("No tokens are active.");
  });
});

describe("a rule that passes", () => {
  const evidence = { log10: 0.2, decidesAt: 3, proven: false };

  it("is undecided while its evidence shows neither", () => {
    expect(isUndecided({ verdict: "pass", evidence })).toBe(true);
    expect(isUndecided({ verdict: "pass", evidence: { ...evidence, proven: true } })).toBe(false);
    expect(isUndecided({ verdict: "pass", evidence: undefined })).toBe(false);
    expect(isUndecided({ verdict: "watch", evidence })).toBe(false);
  });
});
