/** Feature views through the published interface, and the worked examples of parity and of points in time. */
import { expect, test } from "vitest";
import { T0 } from "@/test/integration/control/fixtures";
import { request } from "@/test/integration/read/fake-telemetry";
import examples from "@/test/fixtures/worked-examples.json";
import { startApi } from "./api-server";

const VIEW = "/api/v1/applications/deploy-assistant/feature-views/releases";

test("a view is registered once per definition, and listed with its parity over time", async () => {
  const api = await startApi();
  const token = api.tokenFor({ scopes: ["ci"] });
  const read = api.tokenFor({ scopes: ["read"] });
  const [offline, online] = examples.fingerprint.cases;
  const put = (ttl: string) =>
    api.call("PUT", VIEW, {
      token,
      body: { schema: { failure_count: "Int64" }, ttl, sources: ["bq://releases"], transformation: offline?.input },
    });
  expect(await put("24h")).toMatchObject({ status: 201, json: { revision: 1, fingerprint: offline?.output } });
  expect(await put("24h")).toMatchObject({ status: 200, json: { revision: 1, created: false } });
  expect(await put("12h")).toMatchObject({ status: 201, json: { revision: 2 } });
  expect(await put("12 h")).toMatchObject({ status: 400, json: { errors: [{ pointer: "/ttl" }] } });
  for (const [side, config] of Object.entries({ offline: offline?.input, online: online?.input })) {
    const body = { application: "deploy-assistant", view: "releases", side, config };
    api.clock.nowMs += 1_000;
    await api.call("POST", "/api/v1/features/fingerprints", { token, body });
  }
  const listed = await api.call("GET", "/api/v1/applications/deploy-assistant/features", { token: read });
  const [parity] = examples.fingerprint.parity;
  expect(listed).toMatchObject({
    status: 200,
    json: {
      sentence:
        "Feature view releases is served otherwise than it was evaluated for 0 s: normalize is l2 offline and none online; no alias serves it.",
      tone: "review",
      items: [
        {
          view: "releases",
          registration: { revision: 2, ttlMs: 43_200_000, sources: ["bq://releases"], fingerprint: offline?.output },
          parity: {
            ...parity,
            since: "2026-04-12T00:00:02.000Z",
            differences: [{ setting: "normalize", offline: "l2", online: "none" }],
            history: [
              { side: "offline", at: "2026-04-12T00:00:01.000Z", equal: null },
              { side: "online", at: "2026-04-12T00:00:02.000Z", equal: false },
            ],
          },
          staleness: null,
          evaluationSet: null,
          drift: [],
        },
      ],
    },
  });
});

test("the worked example of a point in time, beside what a request was served with", async () => {
  const api = await startApi();
  const token = api.tokenFor({ scopes: ["ci"] });
  const read = api.tokenFor({ scopes: ["read"] });
  const [example] = examples.pointInTimeFeature.cases;
  const rows = example?.history.map(([time, value]) => ({
    entity: "service=payments",
    time: example.eventTime,
    features: { failure_count: { value, timestamp: time } },
  }));
  const jsonl = rows?.map((row) => JSON.stringify(row)).join("\n");
  const submitted = await api.call("POST", `${VIEW}/evaluation-sets`, { token, body: { suite: "golden", jsonl } });
  expect(submitted).toMatchObject({
    status: 201,
    json: {
      rows: 3,
      features: ["failure_count"],
      leaks: {
        count: 1,
        first: "failure_count of service=payments at 2026-04-10T12:00:00.000Z is from 2026-04-11T09:00:00.000Z",
      },
    },
  });
  const eventMs = Date.parse(example?.eventTime ?? "");
  const feature = { view: "releases", name: "failure_count", value: 4, timestampMs: eventMs - 3_600_000 };
  api.telemetry.add(request({ requestId: "req_8a2", timeMs: eventMs, features: [feature] }));
  const lookup = (query: string) =>
    api.call("GET", `${VIEW}/point-in-time?feature=failure_count&entity=service%3Dpayments${query}`, { token: read });
  const { value, timestamp } = example?.output ?? {};
  expect(await lookup(`&at=${example?.eventTime ?? ""}`)).toMatchObject({
    status: 200,
    json: { evaluation: { value, timestamp: timestamp?.replace("Z", ".000Z") }, serving: null, equal: null },
  });
  expect(await lookup("&requestId=req_8a2")).toMatchObject({
    json: { at: "2026-04-10T12:00:00.000Z", evaluation: { value: 5 }, serving: { value: 4 }, equal: false },
  });
  expect(await lookup("&at=2026-04-01T00:00:00Z")).toMatchObject({ json: { evaluation: null, equal: null } });
  expect(await lookup("")).toMatchObject({ status: 400, json: { errors: [{ pointer: "/at" }] } });
  expect(await lookup("&requestId=unknown")).toMatchObject({ status: 404 });
});

test("a set that saw the future is refused at the gate", async () => {
  const api = await startApi();
  const token = api.tokenFor({ scopes: ["ci"] });
  const components = { prompt: "support@2", feature_view: "releases@5" };
  const body = { application: "deploy-assistant", components };
  const { releaseId } = (await api.call("POST", "/api/v1/releases", { token, body })).json as { releaseId: string };
  const row = { entity: "a", time: T0, features: { failure_count: { value: 1, timestamp: T0 + 1 } } };
  await api.call("POST", `${VIEW}/evaluation-sets`, { token, body: { rows: [row] } });
  const gate = await api.call("POST", "/api/v1/gates", {
    token,
    body: { application: "deploy-assistant", candidate: releaseId, limits: {} },
  });
  const { checks } = gate.json as { checks: { name: string }[] };
  expect(checks.find(({ name }) => name === "point_in_time/releases")).toMatchObject({ passed: false, observed: 1 });
});

test("requests say which fingerprint they were served with, under the view's name and the release's reference", async () => {
  const api = await startApi();
  const token = api.tokenFor({ scopes: ["ci"] });
  const body = { application: "deploy-assistant", components: { prompt: "support@2", feature_view: "releases@5" } };
  const { releaseId } = (await api.call("POST", "/api/v1/releases", { token, body })).json as { releaseId: string };
  const features = [{ view: "releases", name: "failure_count", value: 4, timestampMs: null }];
  for (let i = 0; i < 3; i++) {
    const served = { releaseId, features, featureFingerprint: "660645c4", timeMs: T0 - 1_000 };
    api.telemetry.add(request({ requestId: `r${i}`, ...served }));
  }
  const fingerprint = { application: "deploy-assistant", view: "releases@5", side: "offline", fingerprint: "ce667443" };
  await api.call("POST", "/api/v1/features/fingerprints", { token, body: fingerprint });
  const read = api.tokenFor({ scopes: ["read"] });
  const served = [{ arm: "control", fingerprint: "660645c4", count: 3 }];
  expect(await api.call("GET", "/api/v1/applications/deploy-assistant/features", { token: read })).toMatchObject({
    json: {
      items: [
        { view: "releases", served },
        { view: "releases@5", served, releases: [{ releaseId, reference: "releases@5", aliases: [] }] },
      ],
    },
  });
});
