/** A request's own segment: the values by which the application splits its metrics. */
import { findApplication } from "@/server/store/control/applications";
import type { StoredRequest } from "@/server/store/stored-request";
import type { ReadDeps } from "./deps";

export interface Segment {
  readonly key: string;
  readonly value: string;
}

/** What an application that was never registered is split by. */
export const UNREGISTERED_SEGMENTS: readonly string[] = ["region", "tenant"];

/** The request's value of every configured segment key, `region` first. */
export function segmentsOf({ control }: ReadDeps, request: StoredRequest): Segment[] {
  const keys = findApplication(control, request.application)?.segments ?? UNREGISTERED_SEGMENTS;
  const ordered = keys.toSorted((a, b) => Number(b === "region") - Number(a === "region"));
  return ordered.flatMap((key) => {
    const value = segmentValueOf(request, key);
    return value === null ? [] : [{ key, value }];
  });
}

/** `region=us-west`. */
export function segmentWords({ key, value }: Segment): string {
  return `${key}=${value}`;
}

/** Null where the request has none. */
export function segmentValueOf(request: StoredRequest, key: string): string | null {
  if (key === "region") return request.region;
  return key === "tenant" ? request.tenant : (request.segments[key] ?? null);
}
