/** Feature views of an application: their registration, parity over time, freshness and drift. */
import { stalenessOf } from "@/server/domain/feature/staleness";
import { viewsOf } from "@/server/control/gate-core";
import { parity } from "@/server/domain/parity/fingerprint";
import { listAliases } from "@/server/store/control/aliases";
import { listReleases } from "@/server/store/control/releases";
import { listLiveRollouts } from "@/server/store/control/rollouts";
import { findFeatureSet, listFeatureViews, listFingerprints, listViewsWithSets } from "@/server/store/control/features";
import type { FeatureViewRow, FingerprintRow } from "@/server/store/control/features";
import type { ReadDeps } from "./deps";
import { featureDrift } from "./feature-drift";
import type { FeaturesView, FeatureViewItem } from "./features-view";
import { featuresSentence, hasDrifted } from "./features-sentence";
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
  const items = [...views].toSorted().map((view) =>
    viewItem(deps, {
      application,
      view,
      row: registered.get(view),
      fingerprints: fingerprints.filter((one) => one.view === view),
      served,
    }),
  );
  return {
    application,
    ...featuresSentence(items, deps.nowMs),
    from: range.fromMs,
    to: range.toMs,
    requests: {
      control: served.control.requests,
      candidate: served.candidate.requests,
      sampled: served.control.sampled || served.candidate.sampled,
    },
    items: items.toSorted((a, b) => needOf(b) - needOf(a)),
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
    releases: releasesWith(control, { application, view }),
    served: servedFingerprints(served, view),
  };
}

/** Releases that are looked through for the view. */
const NEWEST_RELEASES = 100;

function releasesWith(
  control: ReadDeps["control"],
  { application, view }: { application: string; view: string },
): FeatureViewItem["releases"] {
  const serving = [
    ...listAliases(control, application).map(({ alias, releaseId }) => ({ alias, releaseId })),
    ...listLiveRollouts(control, application).map(({ alias, state, candidateId }) => ({
      alias: `${alias} (${state})`,
      releaseId: candidateId,
    })),
  ];
  return listReleases(control, { application, limit: NEWEST_RELEASES }).items.flatMap((release) => {
    const found = viewsOf(release).find(({ name, reference }) => name === view || reference === view);
    if (found === undefined) return [];
    const aliases = serving.filter(({ releaseId }) => releaseId === release.id).map(({ alias }) => alias);
    return [{ releaseId: release.id, reference: found.reference, aliases }];
  });
}

function servedFingerprints(served: ServedFeatures, view: string): FeatureViewItem["served"] {
  return (["control", "candidate"] as const)
    .flatMap((arm) =>
      [...(served[arm].fingerprints.get(view) ?? [])].map(([fingerprint, count]) => ({ arm, fingerprint, count })),
    )
    .toSorted((a, b) => b.count - a.count);
}

/** A broken parity before anything else, then what has drifted, leaked or gone stale. */
function needOf({ parity: { equal }, drift, evaluationSet, staleness }: FeatureViewItem): number {
  if (equal === false) return 3;
  if (drift.some(hasDrifted)) return 2;
  return (evaluationSet?.leaks ?? 0) > 0 || (staleness?.staleCount ?? 0) > 0 ? 1 : 0;
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
  const since = history.findLast((row, index) => row.equal !== history[index - 1]?.equal)?.at ?? null;
  return {
    offline: now.offline ?? null,
    online: now.online ?? null,
    equal,
    since,
    differences: differencesOf(rows),
    history,
  };
}

/** Where the newest configurations of both sides differ; `—` for a setting that one side does not have. */
function differencesOf(rows: readonly FingerprintRow[]): FeatureViewItem["parity"]["differences"] {
  const configOf = (side: FingerprintRow["side"]): Record<string, unknown> | undefined => {
    const config = rows.findLast((row) => row.side === side)?.config;
    return typeof config === "object" && config !== null ? { ...config } : undefined;
  };
  const [offline, online] = [configOf("offline"), configOf("online")];
  if (offline === undefined || online === undefined) return [];
  const written = (config: Record<string, unknown>, setting: string): string =>
    setting in config ? plain(config[setting]) : "—";
  return [...new Set([...Object.keys(offline), ...Object.keys(online)])]
    .map((setting) => ({ setting, offline: written(offline, setting), online: written(online, setting) }))
    .filter((one) => one.offline !== one.online);
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
