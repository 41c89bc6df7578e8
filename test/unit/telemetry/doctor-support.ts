/** The doctor on bodies that a test holds, with nothing known of the installation but what the test says. */
import type { DoctorRecord, DoctorReport } from "@/server/telemetry/doctor/doctor-report";
import { examine, type DoctorContext } from "@/server/telemetry/doctor/examine";
import { exportOf, NOTHING_KNOWN, SERVICE, START_MS, type Attributes, type TestSpan } from "./mapper-support";

/** Attributes of a span that is a request and tells nothing else. */
export const CHAT: Attributes = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o" };
export const NOW_MS = START_MS + 60_000;

/** What the doctor says of a body: bytes, a text, or anything that is sent as JSON. */
export function look(body: unknown, over: Partial<DoctorContext> = {}): DoctorReport {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return examine(bytes, { facts: NOTHING_KNOWN, nowMs: NOW_MS, maxBytes: 1024 * 1024, ...over });
}

/** What it says of one span with these attributes. */
export function lookAt(
  attributes: Attributes,
  over: Partial<TestSpan> = {},
  resource: Attributes = SERVICE,
): DoctorRecord {
  return only(look(exportOf([{ attributes, ...over }], resource)));
}

/** The only record. @throws Error for any other number. */
export function only({ records }: DoctorReport): DoctorRecord {
  const [record] = records;
  if (record === undefined || records.length !== 1) throw new Error(`${records.length} records`);
  return record;
}

/** A record's row of a field. */
export function fieldOf(record: DoctorRecord, field: string) {
  return record.fields.find((one) => one.field === field);
}
