/** What gates look at: a release's golden-set results, its manifest and the parity of its features. Changes nothing. */
import type { GateCheck, Results } from "@/server/domain/gate/promotion-gate";
import { parity } from "@/server/domain/parity/fingerprint";
import { diffComponents, describeChange } from "@/server/domain/release/manifest-diff";
import { parseReference } from "@/server/domain/release/component-map";
import type { ControlReader } from "@/server/store/control/database";
import { findFingerprint } from "@/server/store/control/features";
import {
  findRelease,
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

/** One feature view whose fingerprints are known on both sides. */
export interface ViewParity {
  view: string;
  offline: string;
  online: string;
  equal: boolean;
}

/**
 * Offline against online for every feature view of the release that both sides have reported. Offline is what the release
 * was registered with, else the newest offline report.
 */
export function parityOf(db: ControlReader, release: ReleaseRow): ViewParity[] {
  const key = { application: release.application, releaseId: release.id };
  const registered = new Map(listProvenance(db, key).flatMap((row) => Object.entries(row.fingerprints)));
  const views = new Set([...registered.keys(), ...Object.entries(release.components).flatMap(viewNames)]);
  return [...views].flatMap((view) => {
    const reported = (side: "offline" | "online"): string | undefined =>
      findFingerprint(db, { application: release.application, view, side })?.fingerprint;
    const compared = parity(registered.get(view) ?? reported("offline"), reported("online"));
    return compared === undefined ? [] : [{ view, ...compared }];
  });
}

/** `feature_view: releases@5` may have been reported as `releases` or as `releases@5`. */
function viewNames([kind, value]: [string, string]): string[] {
  if (kind !== "feature_view" && !kind.startsWith("feature_view/")) return [];
  const reference = parseReference(value);
  return reference === undefined ? [] : [reference.name, `${reference.name}@${reference.version}`];
}

/** The checks that cost nothing: what changed against the baseline, and feature parity. */
export function freeChecks(
  db: ControlReader,
  { release, baselineId }: { release: ReleaseRow; baselineId: string | undefined },
): GateCheck[] {
  const baseline =
    baselineId === undefined ? undefined : findRelease(db, { application: release.application, releaseId: baselineId });
  const checks: GateCheck[] = baseline === undefined ? [] : [manifestCheck(baseline, release)];
  return [...checks, ...parityOf(db, release).map(parityCheck)];
}

function manifestCheck(baseline: ReleaseRow, release: ReleaseRow): GateCheck {
  const { added, removed, changed } = diffComponents(baseline.components, release.components);
  const changes = [...added, ...removed, ...changed];
  const message =
    changes.length === 0
      ? `${release.id} is the baseline itself: there is nothing to promote`
      : changes.map(describeChange).join("; ");
  return { tier: "free", name: "manifest", passed: changes.length > 0, observed: changes.length, limit: null, message };
}

function parityCheck({ view, offline, online, equal }: ViewParity): GateCheck {
  const message = equal
    ? `${view}: offline and online fingerprint are ${online}`
    : `${view}: offline ${offline}, online ${online}: what was evaluated is not what is served`;
  return { tier: "free", name: `parity/${view}`, passed: equal, observed: equal ? 1 : 0, limit: 1, message };
}
