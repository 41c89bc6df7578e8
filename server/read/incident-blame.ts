/** Which changed component explains an incident, by what it did in other releases; in words with their counts. */
import { blame, NAMED_AT, type Blame } from "@/server/domain/blame/blame";
import type { Arm, ArmPair } from "@/server/domain/blame/effect";
import type { Hint, RankedSuspect } from "@/server/domain/blame/rank-components";
import { changeWords } from "@/server/domain/words/change-words";
import { countWords, shareWords } from "@/server/domain/words/count-words";
import { wholeBuckets } from "./bucket";
import type { ComponentChange } from "./common-view";
import type { ReadDeps } from "./deps";
import { releaseParity } from "./feature-parity";
import type { IncidentBlameView } from "./incident-blame-view";
import { incidentChanges } from "./incident-changes";
import { driftWords, incidentDrift } from "./incident-drift";
import { loadIncidentStory, type IncidentStory } from "./incident-story";
import { suspectHints } from "./incident-hints";
import { armOf, pairOf, pastReleases, yardstickOf } from "./incident-yardstick";

/** Requests of one conversation that count as one, where nobody has measured it. */
const DISPERSION = 2;
const LEAST_BEFORE_MS = 3_600_000;

/**
 * Null for an incident about no release, or one with nothing known good to compare with.
 *
 * @throws DomainError `not_found`.
 */
export function readIncidentBlame(deps: ReadDeps, { incidentId }: { incidentId: string }): IncidentBlameView | null {
  return blameOf(deps, loadIncidentStory(deps, incidentId));
}

export function blameOf(deps: ReadDeps, story: IncidentStory): IncidentBlameView | null {
  const { incident, controlId, period } = story;
  const { id, application, releaseId } = incident;
  const changes = incidentChanges(deps, incident);
  if (releaseId === null || controlId === null || changes === null || changes.items.length === 0) return null;
  const yardstick = yardstickOf(story);
  const range = wholeBuckets(period.fromMs, period.toMs + 1);
  const candidate = pairOf(deps, { yardstick, releaseId, controlId, ...range });
  const lengthMs = Math.max(range.toMs - range.fromMs, LEAST_BEFORE_MS);
  const controlBefore = armOf(deps, {
    yardstick,
    releaseId: controlId,
    fromMs: range.fromMs - lengthMs,
    toMs: range.fromMs,
  });
  const drift = incidentDrift(deps, story);
  const parity = releaseParity(deps, { application, releaseId, atMs: period.toMs });
  const hints = suspectHints({ changes: changes.items, parity, drift, segment: yardstick.scope.segment });
  const past = pastReleases(deps, { story, changes: changes.items, yardstick, knownGoodId: changes.knownGoodId });
  const suspects = changes.items.map((change) => ({ kind: change.kind, hints: hints.get(change.kind)?.hints ?? [] }));
  const result = blame({ suspects, candidate, past, dispersion: DISPERSION }, controlBefore);
  const segment = yardstick.scope.segment;
  const place = segment === undefined ? null : `${segment.key}=${segment.value}`;
  return {
    incidentId: id,
    verdict: result.verdict,
    why: result.why ?? null,
    sentence: sentenceOf(result, { changes: changes.items, candidate, controlBefore, place }),
    suspects: result.suspects.map((suspect) => suspectView(suspect, { changes: changes.items, hints, result })),
    basedOn: {
      metric: yardstick.name,
      segment: place,
      release: candidate.release,
      control: candidate.control,
      controlBefore: controlBefore.count === 0 ? null : controlBefore,
    },
    drift: drift.map((one) => ({
      feature: one.name,
      words: driftWords(one, place ?? "these requests"),
      larger: one.larger,
      medianWrong: one.medianWrong,
      medianRight: one.medianRight,
    })),
  };
}

function suspectView(
  suspect: RankedSuspect,
  given: {
    changes: readonly ComponentChange[];
    hints: ReadonlyMap<string, { hints: readonly Hint[]; words: readonly string[] }>;
    result: Blame;
  },
): IncidentBlameView["suspects"][number] {
  const { changes, hints, result } = given;
  const change = changes.find(({ kind }) => kind === suspect.kind) ?? { kind: suspect.kind, from: null, to: null };
  const only = changes.length === 1 ? ["the only component that differs from the last known good release"] : [];
  const history = suspect.seenIn.map(
    ({ releaseId, effect, pair }) =>
      `${releaseId}, which has it too, ${effect.logOdds > 2 * Math.sqrt(effect.variance) ? "was worse as well" : "was not clearly worse"}: ` +
      `${armWords(pair.release)} bad, its control ${armWords(pair.control)}`,
  );
  const reasons = [...(hints.get(suspect.kind)?.words ?? []), ...only, ...history];
  return {
    change,
    probability: suspect.posterior,
    named: result.verdict === "component" && suspect.posterior >= NAMED_AT,
    reasons: reasons.length === 0 ? ["no other release has it, so nothing is known of it"] : reasons,
  };
}

function sentenceOf(
  result: Blame,
  given: { changes: readonly ComponentChange[]; candidate: ArmPair; controlBefore: Arm; place: string | null },
): string {
  const { changes, candidate, controlBefore, place } = given;
  const where = place === null ? "" : ` in ${place}`;
  switch (result.verdict) {
    case "everyone_is_worse":
      return (
        `Everyone is worse, not only the candidate: the control went from ${armWords(controlBefore)} bad requests${where} ` +
        `to ${armWords(candidate.control)}; going back will not help`
      );
    case "component": {
      const named = changes.find(({ kind }) => kind === result.suspects[0]?.kind);
      const probability = shareWords(result.suspects[0]?.posterior ?? 0);
      const what = named === undefined ? "A changed component" : `The change of ${changeWords(named)}`;
      return `${what} explains it best (probability ${probability}): ${armWords(candidate.release)} requests were bad${where}, the control had ${armWords(candidate.control)}`;
    }
    case "not_enough_evidence":
      return `Not enough evidence to name a component: ${WHY[result.why ?? "not_worse"](changes.length)}`;
  }
}

const WHY: Readonly<Record<NonNullable<Blame["why"]>, (changed: number) => string>> = {
  not_worse: () => "the release is not clearly worse than its control",
  cannot_tell_apart: (changed) =>
    changed === 1
      ? "other releases do not show enough of the one changed component"
      : `${countWords(changed, "changed component")} were never seen one without the other`,
  nothing_that_changed: () => "every changed component served well in other releases, so look outside the manifest",
};

/** `41 of 200 (21 %)`. */
function armWords({ bad, count }: Arm): string {
  return count === 0 ? "no requests" : `${bad} of ${count} (${shareWords(bad / count)})`;
}
