/** The one sentence an on-call engineer reads out first, and its tone. The gravest truth wins; silence is never green. */
import type { AliasRow } from "@/server/store/control/aliases";
import type { RolloutSummary } from "./common-view";
import { staleWords } from "./freshness";
import type { OverviewFacts } from "./overview-needs";
import type { OverviewView } from "./overview-view";
import { clockWords } from "@/server/domain/words/time-words";

interface Said {
  readonly main: AliasRow | undefined;
  readonly needsAPerson: OverviewView["needsAPerson"];
  readonly rollouts: readonly RolloutSummary[];
  readonly empty: OverviewView["empty"];
  readonly nowMs: number;
}

/** Incident, then blindness, then the first steps, then what waits for a person, then the canary, then quiet. */
export function overviewSentence(facts: OverviewFacts, said: Said): Pick<OverviewView, "sentence" | "tone"> {
  // A policy that waits is no emergency: what serves and what is on its way is said before it.
  const [first] = said.needsAPerson.filter(({ kind }) => kind !== "policy");
  const policy = said.needsAPerson.find(({ kind }) => kind === "policy");
  const [live] = said.rollouts;
  const stale = staleWords(facts.freshness);
  if (first?.kind === "incident") {
    const tone = facts.incidents.some(({ status }) => status === "open") ? "breach" : "review";
    return { sentence: stale === undefined ? first.sentence : `${first.sentence} ${stale}.`, tone };
  }
  if (stale !== undefined) return { sentence: `${stale}; ${desired(facts.application, said)}.`, tone: "neutral" };
  const missing = missingStep(facts.application, said);
  if (missing !== undefined) return { sentence: missing, tone: "neutral" };
  if (first !== undefined) return { sentence: first.sentence, tone: "review" };
  if (live !== undefined) return { sentence: live.sentence, tone: live.decision === "rollback" ? "breach" : "info" };
  if (policy !== undefined) return { sentence: policy.sentence, tone: "review" };
  return { sentence: `${served(said)}; nothing needs a person.`, tone: "ok" };
}

/** The first set-up step that is not done yet. */
function missingStep(application: string, { empty }: Said): string | undefined {
  if (!empty.registered) return `No release of ${application} is registered yet.`;
  if (!empty.aliased) return `${application} has releases, but no alias points at one yet.`;
  return empty.telemetry ? undefined : `No request of ${application} has arrived yet.`;
}

function served({ main, nowMs }: Said): string {
  if (main === undefined) return "No alias points at a release";
  return `${main.alias} serves ${main.releaseId} since ${clockWords(main.changedAtMs, nowMs)}`;
}

/** Without telemetry only the pointer is known, not what is served. */
function desired(application: string, { main, nowMs }: Said): string {
  if (main === undefined) return `no alias of ${application} points at a release`;
  return `${main.alias} points at ${main.releaseId} since ${clockWords(main.changedAtMs, nowMs)}`;
}
