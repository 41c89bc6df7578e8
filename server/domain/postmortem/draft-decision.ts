/** Why the policy decided as it did, rule by rule, and everything in its order. */
import type { DecisionFact, PostmortemFacts, RuleFact } from "./facts";
import { bullet, citedTable, utc, utcWords } from "./lines";

/** The rules behind the decision, then those that were near; empty when no policy decided. */
export function decisionSection({ decision }: PostmortemFacts): string {
  if (decision === null) return "";
  const rows = worthTelling(decision).map(({ metric, segment, verdict, detail }) => ({
    cells: [metric, segment ?? "all requests", verdict.replaceAll("_", " "), detail],
    cites: decision.cites,
  }));
  const said = bullet({ text: decisionWords(decision), cites: decision.cites });
  return rows.length === 0 ? said : `${said}\n\n${citedTable(["Rule", "Where", "Verdict", "What it saw"], rows)}`;
}

function decisionWords({ policy, mode, decision, dataToMs, sentence }: DecisionFact): string {
  const how =
    mode === "confident" ? "evidence that stays valid under continuous looking" : "windows in a row beyond a limit";
  return `Policy ${policy} (${how}) decided to ${DECISION_WORDS[decision]} on data to ${utcWords(dataToMs)}: ${sentence}`;
}

const DECISION_WORDS: Readonly<Record<DecisionFact["decision"], string>> = {
  continue: "go on",
  pause_for_review: "pause for review",
  rollback: "roll back",
  promote: "promote",
};

/** What broke or came near anywhere, and what each of these rules said of all requests. */
function worthTelling({ rules }: DecisionFact): RuleFact[] {
  const quiet = new Set(["pass", "collecting", "no_data"]);
  const loud = rules.filter(({ verdict }) => !quiet.has(verdict));
  const metrics = new Set(loud.map(({ metric }) => metric));
  return rules.filter((rule) => loud.includes(rule) || (rule.segment === undefined && metrics.has(rule.metric)));
}

/** Oldest first, UTC. */
export function timelineSection({ timeline }: PostmortemFacts): string {
  if (timeline.length === 0) return "";
  return citedTable(
    ["Time (UTC)", "Kind", "Who", "What"],
    timeline.map(({ atMs, kind, who, text, cites }) => ({
      cells: [utc(atMs), kind.replaceAll("_", " "), who, text],
      cites,
    })),
  );
}
