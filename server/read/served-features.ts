/** Feature values as live requests carried them: the newest requests of a range, what serves beside what is tried. */
import type { Track } from "@/server/domain/vocabulary";
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

export interface ServedArm {
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

function readTrack({ telemetry }: ReadDeps, { application, fromMs, toMs }: ServedRange, track: Track): ServedArm {
  const arm: ServedArm = { requests: 0, sampled: false, values: [], fingerprints: new Map() };
  for (let cursor: string | undefined, more = true; more;) {
    const page = telemetry.listRequests(
      { application, track, fromMs, toMs },
      { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) },
    );
    arm.requests += page.items.length;
    for (const request of page.items) {
      arm.values.push(...valuesOf(request));
      countFingerprint(arm.fingerprints, request);
    }
    cursor = page.nextCursor;
    more = cursor !== undefined && arm.requests < MOST_REQUESTS;
    arm.sampled = cursor !== undefined;
  }
  return arm;
}

function countFingerprint(into: ServedArm["fingerprints"], request: StoredRequest): void {
  const { featureFingerprint: fingerprint, features } = request;
  if (fingerprint === null) return;
  for (const view of new Set(features.map((feature) => feature.view))) add(into, { view, fingerprint, count: 1 });
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
