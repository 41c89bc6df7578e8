/** Judges through the published interface. */
import { expect, test } from "vitest";
import { T0 } from "@/test/integration/control/fixtures";
import { request } from "@/test/integration/read/fake-telemetry";
import { startApi } from "./api-server";

const KEY = { application: "deploy-assistant", judge: "groundedness@3", score: "groundedness" };

test("labels of requests are compared with the judge's own stored scores", async () => {
  const api = await startApi();
  const token = api.tokenFor({ scopes: ["ci"] });
  for (let i = 0; i < 60; i++) {
    const value = i % 3 === 0 ? 0.2 : 0.9;
    const other = { name: "groundedness", value: 1 - value, judge: "groundedness@2", timeMs: T0 };
    const own = { name: "groundedness", value, judge: "groundedness@3", timeMs: T0 };
    api.telemetry.add(request({ requestId: `r${i}`, timeMs: T0, scores: [other, own] }));
  }
  const labels = Array.from({ length: 60 }, (_, i) => ({ itemId: `r${i}`, humanValue: i % 3 === 0 ? 0 : 1 }));
  const send = (body: object) => api.call("POST", "/api/v1/judges/labels", { token, body: { ...KEY, ...body } });
  expect(await send({ labels })).toMatchObject({
    status: 200,
    json: { accepted: 60, duplicates: 0, calibrated: true },
  });
  expect(await send({ labels })).toMatchObject({ json: { accepted: 0, duplicates: 60 } });
  expect(await send({ labels: [{ itemId: "unknown", humanValue: 1 }] })).toMatchObject({
    status: 400,
    json: { errors: [{ pointer: "/labels/0/judgeValue" }] },
  });
  const time = "2027-01-01T00:00:00Z";
  expect(await send({ labels: [{ itemId: "r1", humanValue: 1, time }] })).toMatchObject({
    status: 400,
    json: { errors: [{ pointer: "/labels/0/time" }] },
  });
  const run = (scores: object) => api.call("POST", "/api/v1/judges/anchors", { token, body: { ...KEY, scores } });
  expect(await run({ "answer 1": 0.8 })).toMatchObject({ json: { accepted: 1, difference: null, drifting: false } });
  const read = api.tokenFor({ scopes: ["read"] });
  expect(await api.call("GET", "/api/v1/judges?application=deploy-assistant", { token: read })).toMatchObject({
    status: 200,
    json: {
      sentence: "1 judge of 1 may drive a rollback.",
      tone: "ok",
      items: [
        {
          judge: "groundedness@3",
          score: "groundedness",
          calibrated: true,
          calibratedUntil: "2026-05-12T00:00:00.000Z",
          reasons: [],
          agreement: { n: 60, rate: 1, kappa: 1, bias: expect.closeTo(0, 9) },
          anchors: [{ at: "2026-04-12T00:00:00.000Z", n: 1 }],
        },
      ],
    },
  });
});
