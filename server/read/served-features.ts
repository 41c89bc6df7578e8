/** Feature values as live requests carried them: the newest requests of a range, what serves beside what is tried. */
import { viewsOf } from "@/server/control/gate-core";
import type { Track } from "@/server/domain/vocabulary";
import { findRelease } from "@/server/store/control/releases";
import type { StoredRequest } from "@/server/store/stored-request";
import type { ReadDeps } from "./deps";

/** Requests read per track: enough for ten bins in every segment that matters. */
const MOST_REQUESTS = 2_000;
const PAGE = 500;

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

function readTrack(deps: ReadDeps, { application, fromMs, toMs }: ServedRange, track: Track): ServedArm {
  const { telemetry } = deps;
  const referencesOf = referenceReader(deps, application);
  const arm: ServedArm = { requests: 0, sampled: false, values: [], fingerprints: new Map() };
  for (let cursor: string | undefined, more = true; more;) {
    const page = telemetry.listRequests(
      { application, track, fromMs, toMs },
      { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) },
    );
    arm.requests += page.items.length;
    for (const request of page.items) {
      arm.values.push(...valuesOf(request));
      countFingerprint(arm.fingerprints, { request, referencesOf });
    }
    cursor = page.nextCursor;
    more = cursor !== undefined && arm.requests < MOST_REQUESTS;
    arm.sampled = cursor !== undefined;
  }
  return arm;
}

/** Under the view's name, and under its full reference in the release that served: either may have been fingerprinted. */
function countFingerprint(
  into: ServedArm["fingerprints"],
  { request, referencesOf }: { request: StoredRequest; referencesOf: ReturnType<typeof referenceReader> },
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

function valuesOf(request: StoredRequest): ServedValue[] {
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
