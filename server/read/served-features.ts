/** Feature values as live requests carried them: the newest requests of a range, what serves beside what is tried. */
import { viewsOf } from "@/server/control/gate-core";
import type { Track } from "@/server/domain/vocabulary";
import { findRelease } from "@/server/store/control/releases";
import type { ServedRequest } from "@/server/store/telemetry-reader";
import type { ReadDeps } from "./deps";

/** Requests read per track: enough for ten bins in every segment that matters. */
const MOST_REQUESTS = 2_000;

/** One value with the segment values of its request. */
export interface ServedValue {
  view: string;
  feature: string;
  value: unknown;
  valueMs: number | null;
  servedMs: number;
  segments: readonly string[];
}

interface ServedArm {
  requests: number;
  /** There were more requests than were read. */
  sampled: boolean;
  values: ServedValue[];
  /** Fingerprints that requests carried, counted by view. */
  fingerprints: Map<string, Map<string, number>>;
}

export interface ServedFeatures {
  control: ServedArm;
  /** Canary and shadow together: both are the candidate's own path. */
  candidate: ServedArm;
}

export interface ServedRange {
  application: string;
  fromMs: number;
  toMs: number;
}

/** Values of every view, by arm. */
export function servedFeatures(deps: ReadDeps, range: ServedRange): ServedFeatures {
  const [canary, shadow] = [readTrack(deps, range, "canary"), readTrack(deps, range, "shadow")];
  return {
    control: readTrack(deps, range, "control"),
    candidate: {
      requests: canary.requests + shadow.requests,
      sampled: canary.sampled || shadow.sampled,
      values: [...canary.values, ...shadow.values],
      fingerprints: addedUp(canary.fingerprints, shadow.fingerprints),
    },
  };
}

function readTrack(deps: ReadDeps, range: ServedRange, track: Track): ServedArm {
  const referencesOf = referenceReader(deps, range.application);
  const found = deps.telemetry.served({ ...range, track, limit: MOST_REQUESTS + 1 });
  const read = found.slice(0, MOST_REQUESTS);
  const fingerprints: ServedArm["fingerprints"] = new Map();
  for (const request of read) countFingerprint(fingerprints, { request, referencesOf });
  return {
    requests: read.length,
    sampled: found.length > read.length,
    values: read.flatMap(valuesOf),
    fingerprints,
  };
}

/** Under the view's name, and under its full reference in the release that served: either may have been fingerprinted. */
function countFingerprint(
  into: ServedArm["fingerprints"],
  { request, referencesOf }: { request: ServedRequest; referencesOf: ReturnType<typeof referenceReader> },
): void {
  const { featureFingerprint: fingerprint, features, releaseId } = request;
  if (fingerprint === null) return;
  for (const view of new Set(features.map((feature) => feature.view))) {
    const reference = releaseId === null ? undefined : referencesOf(releaseId).get(view);
    for (const name of new Set([view, reference ?? view])) add(into, { view: name, fingerprint, count: 1 });
  }
}

/** Feature views of a release, `releases` → `releases@5`; each release is read once. */
function referenceReader({ control }: ReadDeps, application: string): (releaseId: string) => Map<string, string> {
  const known = new Map<string, Map<string, string>>();
  return (releaseId) => {
    const read = known.get(releaseId);
    if (read !== undefined) return read;
    const release = findRelease(control, { application, releaseId });
    const views = release === undefined ? [] : viewsOf(release);
    const references = new Map(views.map(({ name, reference }) => [name, reference]));
    known.set(releaseId, references);
    return references;
  };
}

function addedUp(...counts: ServedArm["fingerprints"][]): ServedArm["fingerprints"] {
  const sum: ServedArm["fingerprints"] = new Map();
  for (const [view, byFingerprint] of counts.flatMap((each) => [...each])) {
    for (const [fingerprint, count] of byFingerprint) add(sum, { view, fingerprint, count });
  }
  return sum;
}

function add(into: ServedArm["fingerprints"], one: { view: string; fingerprint: string; count: number }): void {
  const ofView = into.get(one.view) ?? new Map<string, number>();
  into.set(one.view, ofView.set(one.fingerprint, (ofView.get(one.fingerprint) ?? 0) + one.count));
}

function valuesOf(request: ServedRequest): ServedValue[] {
  const { region, tenant } = request;
  const named = { ...request.segments, ...(region === null ? {} : { region }), ...(tenant === null ? {} : { tenant }) };
  const segments = Object.entries(named).map(([key, value]) => `${key}=${value}`);
  return request.features.map(({ view, name, value, timestampMs }) => ({
    view,
    feature: name,
    value,
    valueMs: timestampMs,
    servedMs: request.timeMs,
    segments,
  }));
}
