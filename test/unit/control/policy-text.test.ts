import { describe, expect, it } from "vitest";
import { policyTextOf, readPolicyText } from "@/server/control/policy-text";
import { DomainError } from "@/server/domain/errors";
import { PolicyName } from "@/server/domain/ids";
import { thrownBy } from "@/test/domain/thrown-by";

const NAME = PolicyName.parse("default");

/** `line:column pointer message` of every complaint. */
function complaints(text: string): string[] {
  const error = thrownBy(() => readPolicyText(text, { name: NAME }));
  expect(error).toBeInstanceOf(DomainError);
  return (error as DomainError).issues.map(
    ({ line, column, pointer, message }) => `${line ?? "?"}:${column ?? "?"} ${pointer} ${message}`,
  );
}

describe("a policy's text", () => {
  it("is YAML or JSON", () => {
    const yaml = readPolicyText("# why\nthresholds:\n  error_rate: { max: 0.02, action: rollback }\n", { name: NAME });
    const json = readPolicyText('{"thresholds":{"error_rate":{"max":0.02,"action":"rollback"}}}', { name: NAME });
    expect(yaml.document).toEqual(json.document);
    expect(yaml.policy.thresholds).toMatchObject([{ id: "error_rate:max", action: "rollback" }]);
  });

  it.each<[string, string, string]>([
    [
      "a wrong value, at the value",
      "thresholds:\n  error_rate: { max: 0.02, action: explode }\n",
      "2:36 /thresholds/error_rate/action must be one of rollback, pause_for_review, notify",
    ],
    [
      "an unknown key, at the key, with the one that was meant",
      "thresholds:\n  error_rate:\n    max: 0.02\n    acton: rollback\n    action: rollback\n",
      "4:5 /thresholds/error_rate/acton unknown key acton: did you mean action?",
    ],
    [
      "a metric that is none, at its name",
      "thresholds:\n  latency: { max: 1, action: rollback }\n",
      "2:3 /thresholds/latency latency is not a metric: write p95_<measure>, mean_<measure>, sum_<measure>, <event>_rate, <score>_score or request_count",
    ],
    [
      "a limit that is missing, at the rule",
      "thresholds:\n  error_rate:\n    action: rollback\n",
      "2:3 /thresholds/error_rate needs a limit: one of max, min, max_increase, max_decrease",
    ],
    [
      "a step out of order",
      "steps:\n  - canary: 20%\n  - canary: 10%\n",
      "3:13 /steps/1/canary must not shrink: an earlier canary step already serves 20%",
    ],
    ["another name than its own", "name: other\n", "1:7 /name is other, but the policy is put under default"],
    ["a key given twice", "alpha: 0.01\nalpha: 0.02\n", "2:1  Map keys must be unique"],
    ["a quotation without its end", 'name: "default\n', '2:1  Missing closing "quote'],
    ["a list", "- 1\n", "1:1  must be a map, e.g. thresholds: { error_rate: { max: 0.02, action: rollback } }"],
    ["nothing", "", "1:1  is empty: a policy has thresholds, steps or gates"],
    ["a second document", "alpha: 0.01\n---\nalpha: 0.02\n", "2:1  holds a second document: put one policy at a time"],
    ["an alias to nothing", "alpha: *a\n", "1:1  Unresolved alias (the anchor must be set before the alias): a"],
    ["JSON with a wrong value", '{\n  "alpha": 2\n}', "2:12 /alpha must be at most 0.5"],
  ])("is refused with its place: %s", (_, text, expected) => {
    expect(complaints(text)).toEqual([expected]);
  });

  it("names every wrong place, and the first one in the message", () => {
    const text = "alpha: 2\nthresholds:\n  error_rate: { max: 1, action: x }\n";
    const error = thrownBy(() => readPolicyText(text, { name: NAME }));
    expect(complaints(text)).toHaveLength(2);
    expect(String(error)).toContain("line 1, column 8: /alpha: must be at most 0.5 (and 1 more)");
  });

  it("does not grow out of a small text", () => {
    const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`;
    expect(complaints(bomb)[0]).toMatch(/alias/i);
  });

  it("is written for a document that came without one, and reads back the same", () => {
    const document = { name: "default", thresholds: { error_rate: { max: 0.02, action: "rollback" } } };
    expect(readPolicyText(policyTextOf(document), { name: NAME }).document).toEqual(document);
  });
});
