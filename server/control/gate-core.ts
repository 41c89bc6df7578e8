/** What gates look at: a release's golden-set results and the parity of its features. Changes nothing. */
import type { GoldenItem } from "@/server/domain/gate/golden-item";
import type { Results } from "@/server/domain/gate/promotion-gate";
import { parity } from "@/server/domain/parity/fingerprint";
import { parseReference } from "@/server/domain/release/component-map";
import type { ControlReader } from "@/server/store/control/database";
import { findFingerprint } from "@/server/store/control/features";
import {
  listEvaluationResults,
  listProvenance,
  type ReleaseKey,
  type ReleaseRow,
} from "@/server/store/control/releases";

/** The newest value of each golden-set result of a release; several suites add up. */
export function resultsOf(db: ControlReader, key: ReleaseKey): Results {
  const results = new Map(listEvaluationResults(db, key).flatMap((row) => Object.entries(row.results)));
  return Object.fromEntries(results);
}

/** The cases of the newest run of each suite that came with any; a case is the same in the suite of the same name. */
export function itemsOf(db: ControlReader, key: ReleaseKey): GoldenItem[] {
  const bySuite = new Map<string, GoldenItem[]>();
  for (const { suite, items } of listEvaluationResults(db, key)) if (items !== null) bySuite.set(suite, items);
  return [...bySuite].flatMap(([suite, items]) => items.map((item) => ({ ...item, id: `${suite}/${item.id}` })));
}

/** One feature view of a release; `equal` is null while a side is not known. */
export interface ViewParity {
  view: string;
  offline: string | null;
  online: string | null;
  equal: boolean | null;
}

/**
 * Offline against online for every feature view of the release, known or not. Offline is what the release was registered
 * with, else the newest offline report. A view reported under its full reference (`releases@5`) is not also asked for
 * under its name.
 */
export function parityOf(db: ControlReader, release: ReleaseRow): ViewParity[] {
  const key = { application: release.application, releaseId: release.id };
  const registered = new Map(listProvenance(db, key).flatMap((row) => Object.entries(row.fingerprints)));
  const known = (view: string): ViewParity => {
    const reported = (side: "offline" | "online"): string | undefined =>
      findFingerprint(db, { application: release.application, view, side })?.fingerprint;
    const [offline, online] = [registered.get(view) ?? reported("offline"), reported("online")];
    return { view, offline: offline ?? null, online: online ?? null, equal: parity(offline, online)?.equal ?? null };
  };
  const own = viewsOf(release).map(({ name, reference }) => {
    const [byName, byReference] = [known(name), known(reference)];
    return isReported(byReference) && !isReported(byName) ? byReference : byName;
  });
  const names = new Set(viewsOf(release).flatMap(({ name, reference }) => [name, reference]));
  const strangers = [...registered.keys()].filter((view) => !names.has(view));
  return [...own, ...strangers.map(known)];
}

/** The feature views among a release's components: `feature_view: releases@5`, in a slot or not. */
export function viewsOf({ components }: Pick<ReleaseRow, "components">): { name: string; reference: string }[] {
  return Object.entries(components).flatMap(([kind, value]) => {
    if (kind !== "feature_view" && !kind.startsWith("feature_view/")) return [];
    const reference = parseReference(value);
    return reference === undefined
      ? []
      : [{ name: reference.name, reference: `${reference.name}@${reference.version}` }];
  });
}

function isReported({ offline, online }: ViewParity): boolean {
  return offline !== null || online !== null;
}
