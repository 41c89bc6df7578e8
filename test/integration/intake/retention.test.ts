/** What is too old goes, completely and in small steps; everything else stays. */
import { expect, test } from "vitest";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { runIntake } from "./intake-support";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import { factsAt, newRequest, newScore, NOW_MS, store } from "./storage-support";

const DAY_MS = 86_400_000;
const KEEP = { rawDays: 30, rollupMonths: 12 };
const TRACE = Buffer.from("5b8efff798038103d269b633813fc60c", "hex");

/** A request with everything that is kept beside it. */
function rich(number: number, ageDays: number, application = "deploy-assistant"): NewRequest {
  const requestId = `chatcmpl-${number}-${application}`;
  return newRequest({
    application,
    requestId: number % 2 === 0 ? requestId : null,
    responseId: number % 4 === 0 ? requestId : `other-${number}`,
    traceId: TRACE,
    spanId: Buffer.from(`00000000${number.toString(16).padStart(8, "0")}`, "hex"),
    timeMs: NOW_MS - ageDays * DAY_MS - number * 1000,
    subject: subjectHash(`subject ${number}`),
    shadowOf: `shadowed-${number}`,
    region: "eu",
    input: "text",
    ttftUs: 1000,
    ttftSide: "client",
    scores: [{ name: "quality", value: 0.5, judge: null, timeMs: NOW_MS }],
  });
}

const TABLES = [
  "requests",
  "request_keys",
  "request_links",
  "request_buckets",
  "request_content",
  "scores",
  "rollups_10s",
];

test("requests older than their application keeps them leave nothing behind; newer ones are untouched", () => {
  const { database, writer, reader, write } = store();
  const old = Array.from({ length: 1_200 }, (_, i) => rich(i, 40));
  const recent = Array.from({ length: 50 }, (_, i) => rich(5_000 + i, 1));
  write([...old, ...recent]);
  const counts = () =>
    TABLES.map((table) => Number(database.$client.prepare(`SELECT count(*) FROM ${table}`).pluck().get()));
  let steps = 0;
  while (writer.sweep(NOW_MS, () => KEEP)) {
    steps += 1;
    expect(steps).toBeLessThan(20);
  }
  expect(steps).toBeGreaterThan(2);
  const fresh = store();
  fresh.write(recent);
  expect(counts()).toEqual(
    TABLES.map((table) => Number(fresh.database.$client.prepare(`SELECT count(*) FROM ${table}`).pluck().get())),
  );
  expect(reader.listRequests({ subject: "subject 5001" }, { limit: 5 }).items).toHaveLength(1);
  expect(reader.findRequest({ requestId: "chatcmpl-5000-deploy-assistant" })?.scores).toHaveLength(1);
  // Sums per minute and hour are kept longer.
  const range = { application: "deploy-assistant", measure: "requests", fromMs: 0, toMs: NOW_MS };
  expect(reader.series({ ...range, stepMs: DAY_MS }).reduce((sum, step) => sum + step.aggregate.count, 0)).toBe(1_250);
  // The id is free again, in a bucket that had gone.
  expect(write([rich(0, 40)])).toEqual(["accepted"]);
  expect(reader.findRequest({ requestId: "chatcmpl-0-deploy-assistant" })).toBeDefined();
});

test("sums are kept at least as long as the requests that lists find by them", () => {
  const { writer, reader, write } = store();
  write([rich(1, 200), rich(2, 800)]);
  while (writer.sweep(NOW_MS, () => ({ rawDays: 365, rollupMonths: 1 }))) continue;
  const control = { application: "deploy-assistant", track: "control" } as const;
  expect(reader.listRequests(control, { limit: 5 }).items).toHaveLength(1);
  expect(reader.aggregate({ ...control, measure: "requests", fromMs: 0, toMs: NOW_MS }).count).toBe(1);
});

test("each application has its own time", () => {
  const { writer, reader, write } = store();
  write([rich(0, 40), rich(0, 40, "keeps-longer")]);
  const keep = (application: string) => ({ rawDays: application === "keeps-longer" ? 90 : 30, rollupMonths: 12 });
  while (writer.sweep(NOW_MS, keep));
  expect(reader.listRequests({}, { limit: 5 }).items.map((item) => item.application)).toEqual(["keeps-longer"]);
});

test("sums go when their own time has come", () => {
  const { database, writer, write } = store();
  write([rich(0, 400), rich(2, 1)]);
  while (writer.sweep(NOW_MS, () => KEEP));
  const reader = new SqliteTelemetryReader(database);
  const range = { application: "deploy-assistant", measure: "requests", fromMs: 0, toMs: NOW_MS };
  expect(reader.aggregate(range).count).toBe(1);
});

test("a score that has waited a week for its request is dropped", () => {
  const { writer } = store();
  writer.write({ requests: [], scores: [newScore({ target: "never" })] }, factsAt(NOW_MS - 8 * DAY_MS));
  writer.write({ requests: [], scores: [newScore({ target: "perhaps" })] }, factsAt(NOW_MS - DAY_MS));
  while (writer.sweep(NOW_MS, () => KEEP));
  expect(writer.waitingScores).toBe(1);
});

test("a step looks at a bounded number of series, and a pass sees them all", () => {
  const { database, writer, write } = store();
  const tenants = Array.from({ length: 150 }, (_, i) => `tenant-${i}`);
  const requests = (["control", "canary", "shadow"] as const).flatMap((track) =>
    tenants.map((tenant, i) => ({ ...rich(i, 400), requestId: `${track}-${i}`, track, tenant })),
  );
  write(requests);
  const rows = () => Number(database.$client.prepare("SELECT count(*) FROM rollups_1h").pluck().get());
  const series = Number(database.$client.prepare("SELECT count(*) FROM series").pluck().get());
  expect(rows()).toBeGreaterThan(450);
  let steps = 0;
  for (let before = rows(); writer.sweep(NOW_MS, () => KEEP); before = rows()) {
    steps += 1;
    expect(before - rows()).toBeLessThanOrEqual(500);
  }
  expect(steps).toBeGreaterThan(series / 200);
  for (const table of TABLES) {
    expect([table, database.$client.prepare(`SELECT count(*) FROM ${table}`).pluck().get()]).toEqual([table, 0]);
  }
  expect(rows()).toBe(0);
});

test("requests are taken and answered while old ones are being deleted", async () => {
  const intake = await runIntake();
  intake.writer.write({ requests: Array.from({ length: 20_000 }, (_, i) => rich(i, 40)), scores: [] }, factsAt(NOW_MS));
  const old = () =>
    Number(
      intake.telemetry.$client
        .prepare("SELECT count(*) FROM requests WHERE time_ms < ?")
        .pluck()
        .get(NOW_MS - 30 * DAY_MS),
    );
  let sent = 0;
  let whileDeleting = 0;
  while (old() > 0) {
    const before = old();
    expect((await intake.post("/api/v1/requests", { requests: [{ requestId: `new-${sent++}` }] })).status).toBe(200);
    if (before < 20_000 && before > 0) whileDeleting += 1;
  }
  expect(whileDeleting).toBeGreaterThan(0);
  const { items } = intake.reader.listRequests({ application: "deploy-assistant" }, { limit: 5 });
  expect(items[0]?.requestId).toBeDefined();
  expect(Number(intake.telemetry.$client.prepare("SELECT count(*) FROM requests").pluck().get())).toBe(sent);
  await intake.stop();
});
