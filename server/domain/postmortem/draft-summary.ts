/** The summary and the clocks of a draft. */
import { lengthWords } from "@/server/domain/words/time-words";
import { sampleWords } from "./citation";
import type { ClockFact, ClockName, PostmortemFacts } from "./facts";
import { harmWords } from "./impact-words";
import { bullet, citedTable, utc } from "./lines";
import { changesWords } from "@/server/domain/words/change-words";

/** What happened, whom it hit, what differed, in the order in which people ask. */
export function summarySection(facts: PostmortemFacts): string {
  return [
    bullet({ text: facts.incident.sentence, cites: [...facts.incident.cites, ...(facts.move?.cites ?? [])] }),
    ...whereLines(facts),
    ...differsLines(facts),
    ...facts.parity.map((one) =>
      bullet({
        text: `Feature view ${one.view} was evaluated with fingerprint ${one.offline} and is served with ${one.online}: what the golden set saw is not what users got`,
        cites: one.cites,
      }),
    ),
    ...(facts.blame === null ? [] : [bullet({ text: facts.blame.sentence, cites: facts.blame.cites })]),
    ...harmLines(facts),
    ...durationLine(facts.clocks),
  ].join("\n");
}

/** Each broken limit that was broken in a segment, beside the control in the same segment. */
function whereLines({ breaches }: PostmortemFacts): string[] {
  return breaches
    .filter(({ segment }) => segment !== undefined)
    .map(({ metric, segment, candidate, control, cites }) =>
      bullet({
        text:
          `In ${segment}, ${metric} was ${sampleWords(metric, candidate)} when it was decided; ` +
          `the control in the same segment at the same time: ${sampleWords(metric, control)}`,
        cites,
      }),
    );
}

function differsLines({ changes, releaseId }: PostmortemFacts): string[] {
  if (changes === null || releaseId === null) return [];
  const only = changes.items.length === 1 ? "only " : "";
  const text = `Release ${releaseId} differs from the last known good ${changes.knownGoodId} ${only}in ${changesWords(changes.items)}`;
  return [bullet({ text, cites: changes.cites })];
}

function harmLines({ impact }: PostmortemFacts): string[] {
  return (impact?.rows ?? []).flatMap((row) => {
    const text = harmWords(row);
    return text === undefined ? [] : [bullet({ text, cites: row.cites })];
  });
}

function durationLine(clocks: readonly ClockFact[]): string[] {
  const known = sinceStart(clocks).filter(({ clock, sinceMs }) => clock.name !== "started" && sinceMs !== null);
  if (known.length === 0) return [];
  const text = `From the start it took ${known
    .map(({ clock, sinceMs }) => `${lengthWords(sinceMs ?? 0)} until ${UNTIL[clock.name]}`)
    .join(", ")}`;
  return [bullet({ text, cites: known.flatMap(({ clock }) => clock.cites) })];
}

const UNTIL: Readonly<Record<ClockName, string>> = {
  started: "it started",
  detected: "it was detected",
  decided: "it was decided",
  communicated: "people were told",
  mitigated: "it was mitigated",
  drained: "traffic had drained",
  resolved: "it was resolved",
};

/** Every clock with its distance from the start. */
export function clocksSection({ clocks }: PostmortemFacts): string {
  const rows = sinceStart(clocks).map(({ clock, sinceMs }) => ({
    cells: [
      clock.name,
      clock.atMs === null ? "not yet known" : utc(clock.atMs),
      clock.name === "started" || sinceMs === null ? "—" : lengthWords(sinceMs),
      clock.how,
    ],
    cites: clock.cites,
  }));
  return citedTable(["Clock", "Time (UTC)", "Since the start", "How it is known"], rows);
}

/** A clock before the start (the start was corrected) counts as 0. */
function sinceStart(clocks: readonly ClockFact[]): { clock: ClockFact; sinceMs: number | null }[] {
  const startedMs = clocks.find(({ name }) => name === "started")?.atMs ?? null;
  return clocks.map((clock) => ({
    clock,
    sinceMs: clock.atMs === null || startedMs === null ? null : Math.max(0, clock.atMs - startedMs),
  }));
}
