/**
 * Golden-set results from a JUnit file. It says pass or fail and nothing about quality, so that a gate on `quality`
 * stays without a value rather than being answered by a pass rate.
 */
import { invalidInput } from "@/server/domain/errors";

/** Comments, character data and instructions, whose content may look like tags. */
const IGNORED = /<!--|<!\[CDATA\[|<\?/g;
const ENDS: Readonly<Record<string, string>> = { "<!--": "-->", "<![CDATA[": "]]>", "<?": "?>" };
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
  const outcomes = testOutcomes(report);
  const count = (outcome: Outcome): number => outcomes.filter((one) => one === outcome).length;
  const judged = outcomes.length - count("skipped");
  if (outcomes.length === 0) throw invalidInput("the JUnit report holds no <testcase>");
  return {
    tests: outcomes.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    ...(judged === 0 ? {} : { pass_rate: count("passed") / judged }),
  };
}

type Outcome = "passed" | "failure" | "error" | "skipped";

/** One outcome per test case: what stands inside it, if anything does. */
function testOutcomes(xml: string): Outcome[] {
  const outcomes: Outcome[] = [];
  let inside = false;
  for (const [, end, name, , empty] of tagsOnly(xml).matchAll(TAG)) {
    if (name === "testcase" && end !== "/") {
      outcomes.push("passed");
      inside = empty !== "/";
    } else if (name === "testcase") {
      inside = false;
    } else if (inside && (name === "failure" || name === "error" || name === "skipped")) {
      outcomes[outcomes.length - 1] = name;
    }
  }
  return outcomes;
}

/** One pass, whatever is sent: an opening that is never closed is refused, not searched for again and again. */
function tagsOnly(xml: string): string {
  const kept: string[] = [];
  let from = 0;
  for (const opening of xml.matchAll(IGNORED)) {
    if (opening.index < from) continue;
    const end = ENDS[opening[0]] ?? ">";
    const closing = xml.indexOf(end, opening.index + opening[0].length);
    if (closing === -1) throw invalidInput(`the JUnit report is cut off: ${opening[0]} is never closed`);
    kept.push(xml.slice(from, opening.index));
    from = closing + end.length;
  }
  return kept.join("") + xml.slice(from);
}
