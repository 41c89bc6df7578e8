/**
 * Golden-set results from a JUnit file. It says pass or fail and nothing about quality, so that a gate on `quality`
 * stays without a value rather than being answered by a pass rate.
 */
import { invalidInput } from "@/server/domain/errors";

const IGNORED = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>/g;
/** A start, end or empty tag; attribute values may hold `>`. */
const TAG = /<(\/?)([A-Za-z_][\w.:-]*)((?:[^<>"']|"[^"]*"|'[^']*')*?)(\/?)>/g;

/**
 * `{pass_rate, tests, failures, errors, skipped}`, counted from the test cases themselves; skipped ones count neither
 * way in `pass_rate`.
 *
 * @param report the text of the file.
 * @throws DomainError `invalid_input` for anything without a test case.
 */
export function readJunitReport(report: unknown): Record<string, number> {
  if (typeof report !== "string") throw invalidInput("a JUnit report is the text of its XML file");
  const counts = { tests: 0, failures: 0, errors: 0, skipped: 0 };
  let outcome: "failures" | "errors" | "skipped" | undefined;
  let inside = false;
  const close = (): void => {
    if (!inside) return;
    counts.tests += 1;
    if (outcome !== undefined) counts[outcome] += 1;
    outcome = undefined;
    inside = false;
  };
  for (const [, end, name, , empty] of report.replaceAll(IGNORED, "").matchAll(TAG)) {
    if (name === "testcase") {
      if (end !== "/") inside = true;
      if (end === "/" || empty === "/") close();
    } else if (inside && end !== "/") {
      if (name === "failure") outcome = "failures";
      if (name === "error") outcome = "errors";
      if (name === "skipped") outcome = "skipped";
    }
  }
  if (counts.tests === 0) throw invalidInput("the JUnit report holds no <testcase>");
  const judged = counts.tests - counts.skipped;
  const passed = judged - counts.failures - counts.errors;
  return { ...counts, ...(judged === 0 ? {} : { pass_rate: passed / judged }) };
}
