/** What intake learns from control.db while it runs: releases for requests that name none, limits to count, tokens. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toRfc3339 } from "@/server/domain/time";
import { READ_TOKEN, runIntake, type RunningIntake } from "./intake-support";
import { NOW_MS } from "./storage-support";

const APP = "deploy-assistant";
const OLD = "698df6d7ad";
const NEW = "f91be2a454";
const HOUR_MS = 3_600_000;

let intake: RunningIntake;
beforeEach(async () => {
  intake = await runIntake();
  release(OLD, { components: { prompt: "deploy@2.4.0", model: "gpt-5-mini@2026-03" }, commit: "9f3c2a1bd0" });
  release(NEW, { components: { prompt: "deploy@2.4.1", model: "gpt-5-mini@2026-03" }, labels: { version: "2.4.1" } });
  move(1, null, OLD, NOW_MS - 3 * HOUR_MS);
  move(2, OLD, NEW, NOW_MS - HOUR_MS);
});
afterEach(async () => {
  await intake.stop();
});

function run(sql: string, ...values: (string | number | null)[]): void {
  intake.control.$client.prepare(sql).run(...values);
}

function release(
  id: string,
  of: { components: Record<string, string>; commit?: string; labels?: Record<string, string> },
): void {
  const components = JSON.stringify(of.components);
  run(
    "INSERT INTO releases (application, id, digest, components, digests, created_at_ms) VALUES (?, ?, ?, ?, '{}', 0)",
    APP,
    id,
    id.repeat(7).slice(0, 64),
    components,
  );
  run(
    `INSERT INTO provenance (application, release_id, registered_at_ms, registered_by, git_commit, labels, fingerprints)
     VALUES (?, ?, 0, 'ci', ?, ?, '{}')`,
    APP,
    id,
    of.commit ?? null,
    JSON.stringify(of.labels ?? {}),
  );
}

function move(revision: number, from: string | null, to: string, atMs: number): void {
  run(
    `INSERT INTO alias_moves (application, alias, revision, from_release_id, to_release_id, at_ms, actor_kind, actor_id,
       actor_name, cause, reason, audit_seq)
     VALUES (?, 'production', ?, ?, ?, ?, 'person', 'p', 'P', 'manual', 'because', 1)`,
    APP,
    revision,
    from,
    to,
    atMs,
  );
}

function rollout(candidate: string, startedAtMs: number, thresholds: object): void {
  run(
    `INSERT INTO policies (name, version, digest, document, created_at_ms, created_by) VALUES ('default', 1, 'd', ?, 0, 'p')`,
    JSON.stringify({ name: "default", thresholds, segments: ["cluster"] }),
  );
  run(
    `INSERT INTO rollouts (id, application, alias, candidate_id, control_id, policy_name, policy_version, state,
       step_index, step_started_at_ms, started_at_ms, started_by_kind, started_by_id, started_by_name, revision)
     VALUES ('rol_1', ?, 'production', ?, ?, 'default', 1, 'canary', 0, ?, ?, 'person', 'p', 'P', 1)`,
    APP,
    candidate,
    OLD,
    startedAtMs,
    startedAtMs,
  );
}

async function stored(request: Record<string, unknown>) {
  await intake.post("/api/v1/requests", { requests: [{ application: APP, ...request }] });
  const found = intake.reader.findRequest({ requestId: String(request["requestId"]) });
  return [found?.releaseId, found?.releaseSource];
}

describe("a request without a release", () => {
  test.each([
    ["of a registered label", { "service.version": "2.4.1" }, [NEW, "version"]],
    ["of a commit in full", { "service.version": "9f3c2a1bd0" }, [OLD, "version"]],
    ["of a short commit", { "service.version": "9f3c2a1" }, [OLD, "version"]],
    ["of a release's own id", { "service.version": OLD }, [OLD, "version"]],
    ["that nobody knows", { "service.version": "9.9.9" }, [NEW, "alias"]],
  ])("is found by a version %s", async (_, attributes, expected) => {
    expect(await stored({ requestId: "r", attributes })).toEqual(expected);
  });

  test.each([
    ["after the last move", -60_000, [NEW, "alias"]],
    ["between two moves", -2 * HOUR_MS, [OLD, "alias"]],
    ["before the first move", -4 * HOUR_MS, [null, "unknown"]],
  ])("is given what the alias served %s", async (_, offsetMs, expected) => {
    expect(await stored({ requestId: "r", time: toRfc3339(NOW_MS + offsetMs) })).toEqual(expected);
  });

  test("on the canary track is given the candidate of the live rollout", async () => {
    expect(await stored({ requestId: "before", track: "canary" })).toEqual([null, "unknown"]);
    rollout("aaaaaaaaaa", NOW_MS - 60_000, {});
    expect(await stored({ requestId: "after", track: "canary" })).toEqual(["aaaaaaaaaa", "alias"]);
  });

  test("is found by its prompt and model", async () => {
    const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
    const span = {
      traceId: "5b8efff798038103d269b633813fc60c",
      spanId: "eee19b7ec3c1b174",
      startTimeUnixNano: `${NOW_MS}000000`,
      endTimeUnixNano: `${NOW_MS + 5}000000`,
      attributes: [
        attribute("gen_ai.operation.name", "chat"),
        attribute("gen_ai.response.model", "gpt-5-mini"),
        attribute("gen_ai.prompt.name", "deploy"),
        attribute("gen_ai.prompt.version", "2.4.0"),
      ],
    };
    const resource = { attributes: [attribute("service.name", APP)] };
    await intake.post("/v1/traces", { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
    const [found] = intake.reader.listRequests({ traceId: span.traceId }, { limit: 1 }).items;
    expect([found?.releaseId, found?.releaseSource]).toEqual([OLD, "version"]);
  });

  test("counts as not attributed", async () => {
    await stored({ requestId: "a", releaseId: OLD });
    await stored({ requestId: "b" });
    const range = { application: APP, fromMs: NOW_MS - 60_000, toMs: NOW_MS + 60_000 };
    expect(intake.reader.unattributedShare(range)).toBe(0.5);
  });
});

describe("a live rollout", () => {
  test("has its limits counted exactly and its segments watched, from its first request on", async () => {
    rollout(NEW, NOW_MS - 1_000, {
      p95_ttft_ms: { max: 850, action: "rollback" },
      groundedness_score: { min: 0.82, action: "pause_for_review" },
      error_rate: { max: 0.01, action: "rollback" },
    });
    const values = [849, 850, 851, 2_000];
    const requests = values.map((ttftMs, at) => ({
      requestId: `r${at}`,
      application: APP,
      releaseId: NEW,
      track: "canary",
      ttftMs,
      subject: `subject-${at}`,
      segments: { cluster: "blue" },
      scores: { groundedness: at === 0 ? 0.5 : 0.9 },
    }));
    await intake.post("/api/v1/requests", { requests });
    intake.clock.nowMs += 30_000;
    const rows = intake.reader.evidenceBuckets({
      application: APP,
      releaseIds: [NEW],
      measures: ["ttft_ms", "score:groundedness", "requests"],
      segmentKeys: ["cluster"],
      fromMs: 0,
      toMs: NOW_MS * 2,
    });
    const row = (measure: string, segmentKey: string) =>
      rows.find((one) => one.measure === measure && one.segmentKey === segmentKey);
    expect(new Set(rows.map((one) => one.segmentKey))).toEqual(new Set(["", "cluster"]));
    for (const key of ["", "cluster"]) {
      expect(row("ttft_ms", key)).toMatchObject({
        exceedances: [{ limit: 850_000, side: "above", count: 2 }],
        badSubjects: 2,
        aggregate: { count: 4 },
      });
      expect(row("score:groundedness", key)).toMatchObject({
        exceedances: [{ limit: 820_000, side: "below", count: 1 }],
        badSubjects: 1,
      });
      expect(row("requests", key)?.aggregate.count).toBe(4);
    }
  });
});

test("an application's own keys are read from the moment they are set", async () => {
  const send = async (spanId: string) => {
    const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
    const span = {
      traceId: "5b8efff798038103d269b633813fc60c",
      spanId,
      startTimeUnixNano: `${NOW_MS}000000`,
      endTimeUnixNano: `${NOW_MS + 5}000000`,
      attributes: [
        attribute("gen_ai.operation.name", "chat"),
        attribute("gen_ai.response.model", "gpt-5-mini"),
        attribute("acme.build", OLD),
      ],
    };
    const resource = { attributes: [attribute("service.name", APP)] };
    await intake.post("/v1/traces", { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
    const found = intake.reader.findRequest({ requestId: `${span.traceId}-${spanId}` });
    return [found?.releaseId, found?.releaseSource, found?.sources["releaseId"]];
  };
  expect(await send("eee19b7ec3c1b174")).toEqual([NEW, "alias", undefined]);
  run(`UPDATE applications SET telemetry_keys = '{"releaseId":["acme.build"]}'`);
  expect(await send("eee19b7ec3c1b175")).toEqual([OLD, "explicit", "acme.build"]);
});

test("without a live rollout no evidence is kept", async () => {
  await stored({ requestId: "r", releaseId: OLD });
  intake.clock.nowMs += 60_000;
  const query = { application: APP, releaseIds: [OLD], measures: ["requests"], segmentKeys: [] };
  expect(intake.reader.evidenceBuckets({ ...query, fromMs: 0, toMs: NOW_MS * 2 })).toEqual([]);
});

describe("a token", () => {
  test("works within two seconds of its creation, and not two seconds after its end", async () => {
    const send = async () => (await intake.post("/api/v1/requests", { requests: [] }, { token: READ_TOKEN })).status;
    expect(await send()).toBe(403);
    run(`UPDATE tokens SET scopes = '["ingest"]' WHERE id = 'tok_2'`);
    expect(await send()).toBe(403);
    intake.clock.nowMs += 2_000;
    expect(await send()).toBe(200);
    run("UPDATE tokens SET expires_at_ms = ? WHERE id = 'tok_2'", intake.clock.nowMs + 500);
    intake.clock.nowMs += 2_000;
    expect(await send()).toBe(401);
  });
});
