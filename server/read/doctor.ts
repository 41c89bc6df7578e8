/** The intake doctor with what this installation knows: its applications, releases and aliases. Read-only. */
import { ControlFacts } from "@/server/store/sqlite/control-facts";
import type { DoctorReport } from "@/server/telemetry/doctor/doctor-report";
import { examine } from "@/server/telemetry/doctor/examine";
import type { ReadDeps } from "./deps";

/** A few records are enough to look at, and a page has to show them. */
const MOST_BYTES = 1024 * 1024;

/** @throws DomainError `invalid_input` or `too_large` for a body that is none. */
export function doctor(
  { control, nowMs }: ReadDeps,
  { application, body }: { application?: string; body: unknown },
): DoctorReport {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const facts = new ControlFacts(control.$client.name);
  try {
    facts.refresh();
    return examine(bytes, { facts, nowMs, maxBytes: MOST_BYTES, application });
  } finally {
    facts.close();
  }
}
