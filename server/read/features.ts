/** Feature views of an application: their registration, parity over time, freshness and drift. */
import { stalenessOf } from "@/server/domain/feature/staleness";
import { parity } from "@/server/domain/parity/fingerprint";
import { findFeatureSet, listFeatureViews, listFingerprints, listViewsWithSets } from "@/server/store/control/features";
import type { FeatureViewRow, FingerprintRow } from "@/server/store/control/features";
import type { ReadDeps } from "./deps";
import { featureDrift } from "./feature-drift";
import type { FeaturesView, FeatureViewItem } from "./features-view";
import { servedFeatures, type ServedFeatures, type ServedValue } from "./served-features";

const DAY_MS = 86_400_000;

/** Every view that was registered, fingerprinted, evaluated or served in the range (a day unless given). */
export function readFeatures(
  deps: ReadDeps,
  { application, fromMs, toMs = deps.nowMs }: { application: string; fromMs?: number; toMs?: number },
): FeaturesView {
  const { control } = deps;
  const range = { application, fromMs: fromMs ?? toMs - DAY_MS, toMs };
  const served = servedFeatures(deps, range);
  const registered = new Map(listFeatureViews(control, application).map((row) => [row.view, row]));
  const fingerprints = listFingerprints(control, { application });
  const live = [...served.control.values, ...served.candidate.values];
  const views = new Set([
    ...registered.keys(),
    ...[...fingerprints, ...live].map(({ view }) => view),
    ...listViewsWithSets(control, application),
  ]);
  return {
    application,
    from: range.fromMs,
    to: range.toMs,
    requests: {
      control: served.control.requests,
      candidate: served.candidate.requests,
      sampled: served.control.sampled || served.candidate.sampled,
    },
    items: [...views].toSorted().map((view) =>
      viewItem(deps, {
        application,
        view,
        row: registered.get(view),
        fingerprints: fingerprints.filter((one) => one.view === view),
        served,
      }),
    ),
  };
}

function viewItem(
  { control }: ReadDeps,
  given: {
    application: string;
    view: string;
    row: FeatureViewRow | undefined;
    fingerprints: readonly FingerprintRow[];
    served: ServedFeatures;
  },
): FeatureViewItem {
  const { application, view, row, served } = given;
  const of = (values: readonly ServedValue[]): ServedValue[] => values.filter((value) => value.view === view);
  const arms = { control: of(served.control.values), candidate: of(served.candidate.values) };
  const set = findFeatureSet(control, { application, view });
  const timed = [...arms.control, ...arms.candidate].flatMap(({ servedMs, valueMs }) =>
    valueMs === null ? [] : [{ servedMs, valueMs }],
  );
  return {
    view,
    registration: row === undefined ? null : registrationOf(row),
    parity: parityOverTime(given.fingerprints),
    staleness: timed.length === 0 ? null : stalenessOf(timed, row?.ttlMs ?? null),
    evaluationSet:
      set === undefined ? null : { suite: set.suite, rows: set.rowCount, leaks: set.leakCount, at: set.atMs },
    drift: featureDrift({ ...arms, profiles: set?.profiles ?? [] }),
  };
}

function registrationOf(row: FeatureViewRow): FeatureViewItem["registration"] {
  const { revision, schema, ttlMs, sources, transformation, fingerprint, definition, atMs, submittedBy } = row;
  return { revision, schema, ttlMs, sources, transformation, fingerprint, definition, at: atMs, by: submittedBy };
}

function parityOverTime(rows: readonly FingerprintRow[]): FeatureViewItem["parity"] {
  const now: { offline?: string; online?: string } = {};
  const history = rows.map(({ atMs, side, fingerprint, submittedBy }) => {
    now[side] = fingerprint;
    return { at: atMs, side, fingerprint, by: submittedBy, equal: parity(now.offline, now.online)?.equal ?? null };
  });
  const equal = parity(now.offline, now.online)?.equal ?? null;
  return { offline: now.offline ?? null, online: now.online ?? null, equal, history };
}
