/** Actions that follow from the record by rule. They are suggestions: people take them over with an owner and a date. */
import { changeWords } from "@/server/domain/words/change-words";
import { lengthWords } from "@/server/domain/words/time-words";
import type { ActionType } from "./action";
import type { Cited, PostmortemFacts } from "./facts";
import { labelled } from "./lines";

type Suggestion = Cited & { readonly type: ActionType; readonly text: string };

/** Slower than this, finding it is worth an action. */
const SLOW_DETECTION_MS = 10 * 60_000;

export function suggestionsSection(facts: PostmortemFacts): string {
  return suggestionsOf(facts)
    .map(({ type, ...statement }) => labelled(type, statement))
    .join("\n");
}

function suggestionsOf(facts: PostmortemFacts): Suggestion[] {
  return [...parityActions(facts), ...goldenSetActions(facts), ...detectionActions(facts), ...drainActions(facts)];
}

function parityActions({ parity, overrides }: PostmortemFacts): Suggestion[] {
  const repair = parity.map(({ view, offline, online, cites }) => ({
    type: "prevent" as const,
    text: `Make offline (${offline}) and online (${online}) computation of feature view ${view} the same, and report both fingerprints on every change`,
    cites,
  }));
  const broken = parity.length > 0 && overrides.length > 0 ? overrides : [];
  const rule = broken.map(({ cites }) => ({
    type: "prevent" as const,
    text: "Let a parity break be overridden only after requests of every segment were compared in shadow",
    cites,
  }));
  return [...repair, ...rule];
}

function goldenSetActions({ gates, breaches, changes }: PostmortemFacts): Suggestion[] {
  const [breach] = breaches;
  if (breach === undefined || !gates.some(({ passed }) => passed === true)) return [];
  const where = breach.segment === undefined ? "" : ` of ${breach.segment}`;
  const over =
    changes === null || changes.items.length === 0 ? "" : ` over ${changes.items.map(changeWords).join(", ")}`;
  const text = `Add cases${where} to the golden set: it passed${over}, and ${breach.metric} fell in production`;
  return [{ type: "prevent", text, cites: breach.cites }];
}

function detectionActions({ clocks, decision }: PostmortemFacts): Suggestion[] {
  const at = (name: string): number | null => clocks.find((one) => one.name === name)?.atMs ?? null;
  const [started, detected] = [at("started"), at("detected")];
  const cites = clocks.flatMap((one) => (one.name === "detected" ? one.cites : []));
  if (started !== null && detected !== null && detected - started > SLOW_DETECTION_MS) {
    const text = `Find it sooner than in ${lengthWords(detected - started)}: replay other policies over these windows`;
    return [{ type: "detect", text, cites }];
  }
  if (decision !== null || cites.length === 0) return [];
  return [{ type: "detect", text: "Add a threshold that would have decided this: no policy did", cites }];
}

function drainActions({ move, clocks }: PostmortemFacts): Suggestion[] {
  const drained = clocks.find(({ name }) => name === "drained")?.atMs ?? null;
  if (move === null || drained === null || drained - move.atMs <= 60_000) return [];
  const text = `Bring the time in which gateways follow a rollback below ${lengthWords(drained - move.atMs)}: they can hold the alias' stream open`;
  return [{ type: "mitigate", text, cites: move.cites }];
}
