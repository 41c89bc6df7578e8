/** What users got of a release: its canary and its control track together. Shadows are copies that nobody saw. */
import { mergeAggregates, type Aggregate } from "@/server/domain/window/aggregate";
import type { TelemetryReader, WindowQuery } from "@/server/store/telemetry-reader";

export function served(telemetry: TelemetryReader, query: Omit<WindowQuery, "stepMs" | "track">): Aggregate {
  const tracks = ["control", "canary"] as const;
  return mergeAggregates(tracks.map((track) => telemetry.aggregate({ ...query, track })));
}
