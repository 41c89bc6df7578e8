/** What set it off and what let it: the trigger apart from the conditions, and the difference of the manifests. */
import { lengthWords } from "@/server/domain/words/time-words";
import type { ExposureFact, PostmortemFacts } from "./facts";
import { bullet, citedTable, labelled, utcWords } from "./lines";

/** The act that put the release in front of users, then everything that had to be true as well. */
export function causeSection(facts: PostmortemFacts): string {
  const { exposure, parity, overrides, gates, blame, drift } = facts;
  return [
    ...(exposure === null
      ? []
      : [labelled("Trigger", { text: exposureWords(facts, exposure), cites: exposure.cites })]),
    ...parity.map((one) =>
      labelled("Contributing", {
        text:
          `The features of ${one.view} are computed differently for evaluation (${one.offline}) and for serving ` +
          `(${one.online})${one.knownMs === null ? "" : `, known since ${utcWords(one.knownMs)}`}`,
        cites: one.cites,
      }),
    ),
    ...overrides.map(({ paused, by, reason, atMs, cites }) =>
      labelled("Contributing", {
        text: `The rollout was paused (${paused}) and ${by} let it go on at ${utcWords(atMs)}: "${reason}"`,
        cites,
      }),
    ),
    ...(gates.length > 0 && gates.every(({ passed }) => passed !== false)
      ? [
          labelled("Contributing", {
            text: `No gate refused it: ${gates.map(({ words }) => words).join("; ")}`,
            cites: gates.flatMap(({ cites }) => cites),
          }),
        ]
      : []),
    ...(blame?.suspects ?? []).map(({ words, reasons }) =>
      bullet({ text: `Suspect ${words}: ${reasons.join("; ")}`, cites: blame?.cites ?? [] }),
    ),
    ...drift
      .filter(({ words }) => blame?.suspects.some(({ reasons }) => reasons.includes(words)) !== true)
      .map(({ words, cites }) => bullet({ text: words, cites })),
  ].join("\n");
}

function exposureWords({ releaseId, clocks }: PostmortemFacts, exposure: ExposureFact): string {
  const { track, percentage, sinceMs, by } = exposure;
  const release = `Release ${releaseId ?? "unknown"}`;
  const startedMs = clocks.find(({ name }) => name === "started")?.atMs ?? null;
  const later =
    startedMs === null || startedMs < sinceMs ? "" : `; the trouble began ${lengthWords(startedMs - sinceMs)} later`;
  const what = {
    canary: `${release} began to answer ${percentage} % of subjects as a canary`,
    shadow: `${release} began to answer copies of ${percentage} % of requests as a shadow`,
    alias: `${release} began to answer everybody`,
  }[track];
  return `${what} at ${utcWords(sinceMs)}, by ${by}${later}`;
}

/** From the last known good release to this one, component by component. */
export function changesSection({ changes }: PostmortemFacts): string {
  if (changes === null) return "";
  const { items, unchanged, knownGoodId, cites } = changes;
  const others = unchanged === 1 ? "1 other component is" : `${unchanged} other components are`;
  const same = bullet({ text: `${others} the same in ${knownGoodId}`, cites });
  if (items.length === 0) return bullet({ text: `Nothing: every component is the same in ${knownGoodId}`, cites });
  const rows = items.map(({ kind, from, to }) => ({ cells: [kind, from ?? "—", to ?? "—"], cites }));
  return `${citedTable(["Component", "Last known good", "This release"], rows)}\n\n${same}`;
}
