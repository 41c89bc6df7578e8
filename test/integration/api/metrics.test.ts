/** `/metrics` as Prometheus reads it: strictly, with every figure that alerts are written on. */
import { describe, expect, test } from "vitest";
import { acquireLease, noteRound } from "@/server/store/control/leases";
import { runIntake } from "@/test/integration/intake/intake-support";
import { NOW_MS } from "@/test/integration/intake/storage-support";
import { startApi } from "./api-server";
import { readExposition, type Family } from "./exposition";

/** A running intake that has taken, refused and answered, behind a first port that has answered too. */
async function scrape(): Promise<Map<string, Family>> {
  const intake = await runIntake();
  const record = { requestId: "r-1", application: "deploy-assistant", time: NOW_MS - 1_000 };
  await intake.post("/api/v1/requests", { requests: [record, record, { requestId: "r-2", ttftMs: -1 }] });
  await intake.post("/v1/traces", {
    resourceSpans: [
      {
        scopeSpans: [{ spans: [{ attributes: [{ key: "gen_ai.request.model", value: { stringValue: "m" } }] }] }],
      },
    ],
  });
  await intake.post("/api/v1/requests", "nonsense");
  const api = await startApi({ intakePort: Number(new URL(intake.url).port) });
  const lease = { name: "controller", holder: "test" };
  acquireLease(api.world.db, { ...lease, nowMs: api.clock.nowMs, ttlMs: 15_000 });
  for (const durationMs of [120, 380]) noteRound(api.world.db, { ...lease, durationMs });
  api.world.db.$client
    .prepare(
      "INSERT INTO outbox (target, kind, payload, created_at_ms, next_attempt_at_ms) VALUES ('git', 'k', '{}', ?, 0)",
    )
    .run(api.clock.nowMs - 7_000);
  await api.call("GET", "/api/v1/applications", { token: api.tokenFor({ scopes: ["read"] }) });
  const { text } = await api.call("GET", "/metrics");
  await intake.stop();
  return readExposition(text);
}

function valueOf(families: ReadonlyMap<string, Family>, name: string, labels: Record<string, string> = {}): number {
  const samples = [...families.values()].flatMap((family) => family.samples).filter((sample) => sample.name === name);
  const found = samples.find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value));
  if (found === undefined) throw new Error(`no ${name} ${JSON.stringify(labels)}`);
  return found.value;
}

test("holds every figure that is watched, read by a strict reader", async () => {
  const families = await scrape();
  expect(valueOf(families, "switchback_intake_records_accepted_total", { source: "requests" })).toBe(1);
  expect(valueOf(families, "switchback_intake_records_duplicate_total", { source: "requests" })).toBe(1);
  const rejected = "switchback_intake_records_rejected_total";
  expect(valueOf(families, rejected, { source: "requests", reason: "invalid" })).toBe(1);
  expect(valueOf(families, rejected, { source: "traces", reason: "ids" })).toBe(1);
  expect(valueOf(families, "switchback_intake_queue_records")).toBe(0);
  expect(valueOf(families, "switchback_intake_commit_duration_seconds_count")).toBeGreaterThan(0);
  expect(valueOf(families, "switchback_intake_http_requests_total", { path: "/api/v1/requests", status: "400" })).toBe(
    1,
  );
  expect(valueOf(families, "switchback_controller_up")).toBe(1);
  expect(valueOf(families, "switchback_controller_tick_duration_seconds_sum")).toBe(0.5);
  expect(valueOf(families, "switchback_controller_tick_duration_seconds_count")).toBe(2);
  expect(valueOf(families, "switchback_outbox_waiting", { target: "git" })).toBe(1);
  expect(valueOf(families, "switchback_outbox_oldest_age_seconds", { target: "git" })).toBe(7);
  expect(valueOf(families, "switchback_http_requests_total", { part: "api", status: "200" })).toBe(1);
  // Every name is the product's own.
  expect([...families.keys()].filter((name) => !name.startsWith("switchback_"))).toEqual([]);
});

describe("the strict reader refuses", () => {
  test.each([
    ["a counter without its ending", "# HELP a b\n# TYPE a counter\na 1\n", /_total/],
    ["a gauge with a counter's ending", "# HELP a_total b\n# TYPE a_total gauge\na_total 1\n", /_total/],
    ["a sample without a type", "# HELP a b\na 1\n", /before its type/],
    ["a type without help", "# TYPE a gauge\na 1\n", /without its help/],
    ["milliseconds", "# HELP a_ms b\n# TYPE a_ms gauge\na_ms 1\n", /base unit/],
    ["a sample twice", '# HELP a b\n# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n', /twice/],
    ["a family twice", "# HELP a b\n# TYPE a gauge\n# HELP a b\n", /twice/],
    ["no line end", "# HELP a b\n# TYPE a gauge\na 1", /line end/],
    ["a quote in a label", '# HELP a b\n# TYPE a gauge\na{x="1"2"} 1\n', /labels/],
    [
      "buckets that fall",
      '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
      /rise/,
    ],
    [
      "a count beside the buckets",
      '# HELP a b\n# TYPE a histogram\na_bucket{le="+Inf"} 1\na_sum 1\na_count 2\n',
      /count/,
    ],
  ])("%s", (_, text, message) => {
    expect(() => readExposition(text)).toThrow(message);
  });
});
