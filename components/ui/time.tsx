"use client";
/** The one way a time is shown: UTC first, local on hover and everywhere with the zone switch, relative only beside. */
import type { ReactNode } from "react";
import { useNow, zonePreference } from "./clock";
import { formatRelative } from "./format";
import { formatLocal, formatLocalShort, formatUtc, formatUtcShort, type TimePrecision } from "./format-time";

interface TimeProps {
  /** RFC 3339 or epoch ms. */
  at: string | number;
  precision?: TimePrecision;
  /** Leaves the date out on the reader's current day. */
  short?: boolean;
  /** Adds `8 min ago`. */
  relative?: boolean;
  className?: string;
}

export function Time({ at, precision = "minute", short = false, relative = false, className }: TimeProps): ReactNode {
  const atMs = typeof at === "number" ? at : Date.parse(at);
  const now = useNow(relative ? 1000 : 60_000);
  const zone = zonePreference.use();
  if (!Number.isFinite(atMs)) return <span className={className}>n/a</span>;
  const write = (as: "utc" | "local"): string => {
    if (!short || precision === "day") return as === "utc" ? formatUtc(atMs, precision) : formatLocal(atMs, precision);
    return as === "utc" ? formatUtcShort(atMs, now, precision) : formatLocalShort(atMs, now, { precision });
  };
  const other = zone === "utc" ? formatLocal(atMs, "second") : formatUtc(atMs, "second");
  return (
    // The title depends on the reader's zone, which the server does not know.
    <time dateTime={new Date(atMs).toISOString()} title={other} className={className} suppressHydrationWarning>
      <span className={short ? "whitespace-nowrap" : undefined} suppressHydrationWarning>
        {write(zone)}
      </span>
      {relative && (
        <>
          {" "}
          <span className="whitespace-nowrap text-muted">· {formatRelative(atMs, now)}</span>
        </>
      )}
    </time>
  );
}
