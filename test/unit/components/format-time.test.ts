import { describe, expect, it } from "vitest";
import {
  formatLocal,
  formatLocalShort,
  formatRangeUtc,
  formatTick,
  formatUtc,
  formatUtcShort,
} from "@/components/ui/format-time";

const at = (text: string): number => Date.parse(text);

describe("UTC", () => {
  it.each([
    ["2026-04-12T03:52:04.128Z", "second", "2026-04-12 03:52:04 UTC"],
    ["2026-04-12T15:52:04.128Z", "minute", "2026-04-12 15:52 UTC"],
    ["2026-04-12T00:00:00.000Z", "minute", "2026-04-12 00:00 UTC"],
    ["2026-04-12T12:00:00.000Z", "minute", "2026-04-12 12:00 UTC"],
    ["2026-08-30T12:00:00.000Z", "day", "2026-08-30"],
    ["2026-08-31T23:59:59.999Z", "millisecond", "2026-08-31 23:59:59.999 UTC"],
  ] as const)("%s to the %s is %s", (text, precision, expected) => {
    expect(formatUtc(at(text), precision)).toBe(expected);
  });

  it("drops the date on the same UTC day only", () => {
    const now = at("2026-04-12T23:59:00Z");
    expect(formatUtcShort(at("2026-04-12T00:00:00Z"), now, "minute")).toBe("00:00 UTC");
    expect(formatUtcShort(at("2026-04-11T23:59:59Z"), now, "minute")).toBe("2026-04-11 23:59 UTC");
  });

  it("writes ranges half open", () => {
    const now = at("2026-04-12T04:00:00Z");
    expect(formatRangeUtc(at("2026-04-12T03:45:00Z"), at("2026-04-12T03:50:00Z"), now)).toBe("[03:45, 03:50) UTC");
  });
});

describe("local time names its zone and offset", () => {
  it.each([
    // Sunday: the day of the month, never the day of the week.
    ["2026-04-12T03:52:04Z", "Europe/Berlin", "2026-04-12 05:52:04 CEST (UTC+2)"],
    ["2026-01-12T03:52:04Z", "Europe/Berlin", "2026-01-12 04:52:04 CET (UTC+1)"],
    // Around the spring change: 01:59:59 CET is followed by 03:00:00 CEST.
    ["2026-03-29T00:59:59Z", "Europe/Berlin", "2026-03-29 01:59:59 CET (UTC+1)"],
    ["2026-03-29T01:00:00Z", "Europe/Berlin", "2026-03-29 03:00:00 CEST (UTC+2)"],
    // The hour that happens twice in autumn is told apart by its offset.
    ["2026-10-25T00:30:00Z", "Europe/Berlin", "2026-10-25 02:30:00 CEST (UTC+2)"],
    ["2026-10-25T01:30:00Z", "Europe/Berlin", "2026-10-25 02:30:00 CET (UTC+1)"],
    ["2026-04-12T03:52:04Z", "America/St_Johns", "2026-04-12 01:22:04 UTC−2:30"],
    ["2026-04-12T03:52:04Z", "Asia/Kolkata", "2026-04-12 09:22:04 UTC+5:30"],
    ["2026-04-12T04:00:00Z", "America/New_York", "2026-04-12 00:00:00 UTC−4"],
    ["2026-12-31T23:30:00Z", "Asia/Tokyo", "2027-01-01 08:30:00 UTC+9"],
  ])("%s in %s", (text, zone, expected) => {
    expect(formatLocal(at(text), "second", zone)).toBe(expected);
  });

  it("drops the date on the same local day only", () => {
    const now = at("2026-04-12T22:30:00Z");
    const options = { precision: "minute", timeZone: "Europe/Berlin" } as const;
    expect(formatLocalShort(at("2026-04-12T22:10:00Z"), now, options)).toBe("00:10 CEST (UTC+2)");
    expect(formatLocalShort(at("2026-04-12T21:50:00Z"), now, options)).toBe("2026-04-12 23:50 CEST (UTC+2)");
  });
});

describe("ticks", () => {
  it.each([
    ["2026-04-12T03:45:00Z", 3_600_000, "03:45"],
    ["2026-04-12T00:00:00Z", 3_600_000, "12 Apr"],
    ["2026-04-12T06:00:00Z", 2 * 86_400_000, "06:00"],
    ["2026-04-12T06:00:00Z", 7 * 86_400_000, "12 Apr"],
  ])("%s over %d ms is %s", (text, span, expected) => {
    expect(formatTick(at(text), "utc", span)).toBe(expected);
  });
});
