/** What the record says for a changed component besides the history of releases, in words. */
import type { FeatureDrift } from "@/server/domain/blame/feature-drift";
import type { Hint } from "@/server/domain/blame/rank-components";
import { parseReference } from "@/server/domain/release/component-map";
import type { ComponentChange } from "./common-view";
import { isFeatureView, parityBreakWords, type ViewParity } from "./feature-parity";
import { driftWords } from "./incident-drift";

/** Inputs whose content can differ from region to region or tenant to tenant while the release is the same. */
const DIFFERS_BY_SEGMENT: ReadonlySet<string> = new Set(["feature_view", "retrieval_index", "router", "tool_schema"]);

interface Hinted {
  readonly hints: Hint[];
  readonly words: string[];
}

interface Known {
  readonly changes: readonly ComponentChange[];
  readonly parity: readonly ViewParity[];
  readonly drift: readonly FeatureDrift[];
  /** Where the broken limit was broken, when that was in one segment. */
  readonly segment: { readonly key: string; readonly value: string } | undefined;
}

/** By kind; a component of which nothing is known has none. */
export function suspectHints(known: Known): Map<string, Hinted> {
  return new Map(known.changes.map((change) => [change.kind, hintsOf(change, known)]));
}

function hintsOf(change: ComponentChange, { parity, drift, segment }: Known): Hinted {
  const hinted: Hinted = { hints: [], words: [] };
  const own = namesOf(change);
  const broken = isFeatureView(change.kind)
    ? parity.filter(({ view, equal }) => equal === false && own.includes(view))
    : [];
  if (broken.length > 0) {
    hinted.hints.push("parity_broken");
    hinted.words.push(...broken.map(parityBreakWords));
  }
  const drifted = isFeatureView(change.kind) ? drift.filter(({ name }) => own.includes(name.split("/")[0] ?? "")) : [];
  if (drifted.length > 0 && segment !== undefined) {
    hinted.hints.push("feature_drift");
    hinted.words.push(...drifted.map((one) => driftWords(one, `${segment.key}=${segment.value}`)));
  }
  if (segment !== undefined && DIFFERS_BY_SEGMENT.has(change.kind.split("/")[0] ?? "")) {
    hinted.hints.push("can_differ_by_segment");
    hinted.words.push(
      `the trouble is in ${segment.key}=${segment.value}, and a ${change.kind} can differ by ${segment.key}`,
    );
  }
  return hinted;
}

/** `releases@5` may be named as it is or as `releases`. */
function namesOf({ from, to }: ComponentChange): string[] {
  const reference = parseReference(to ?? from ?? "");
  return reference === undefined ? [] : [reference.name, `${reference.name}@${reference.version}`];
}
