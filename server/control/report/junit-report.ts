/**
 * Golden-set results from a JUnit file. It says pass or fail and nothing about quality, so that a gate on `quality`
 * stays without a value rather than being answered by a pass rate.
 */
import { invalidInput } from "@/server/domain/errors";
import type { GoldenItem } from "@/server/domain/gate/golden-item";
import type { ReportReading } from "./promptfoo-report";

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
export function readJunitReport(report: unknown): ReportReading {
  if (typeof report !== "string") throw invalidInput("a JUnit report is the text of its XML file");
  const cases = testCases(report);
  return { results: resultsOf(cases.map(({ outcome }) => outcome)), items: itemsOf(cases) };
}

function resultsOf(outcomes: readonly Outcome[]): Record<string, number> {
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

interface TestCase {
  /** `classname::name`, as written. */
  name: string;
  outcome: Outcome;
}

/** Every test case with what stands inside it, if anything does. */
function testCases(xml: string): TestCase[] {
  const cases: TestCase[] = [];
  let inside: TestCase | undefined;
  for (const [, end, name, attributes = "", empty] of tagsOnly(xml).matchAll(TAG)) {
    if (name === "testcase" && end !== "/") {
      const found: TestCase = { name: nameOf(attributes), outcome: "passed" };
      cases.push(found);
      inside = empty === "/" ? undefined : found;
    } else if (name === "testcase") {
      inside = undefined;
    } else if (inside !== undefined && (name === "failure" || name === "error" || name === "skipped")) {
      inside.outcome = name;
    }
  }
  return cases;
}

function nameOf(attributes: string): string {
  const valueOf = (attribute: string): string | undefined =>
    new RegExp(`(?:^|\\s)${attribute}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes)?.slice(1).find(Boolean);
  return [valueOf("classname"), valueOf("name")].filter((part) => part !== undefined).join("::");
}

/** Passed or not, case by case; those without a name cannot be found again in another run. */
function itemsOf(cases: readonly TestCase[]): GoldenItem[] {
  const turns = new Map<string, number>();
  return cases.flatMap(({ name, outcome }) => {
    if (name === "" || outcome === "skipped") return [];
    const turn = (turns.get(name) ?? 0) + 1;
    turns.set(name, turn);
    const id = `${name.slice(0, 240)}${turn === 1 ? "" : `#${turn}`}`;
    return [{ id, scores: { pass_rate: Number(outcome === "passed") }, segments: {} }];
  });
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
