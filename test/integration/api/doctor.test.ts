/** The doctor over HTTP: knows the installation, stores nothing, is bounded. Who may call it is in the access table. */
import { expect, test } from "vitest";
import { putApplication } from "@/server/control/put-application";
import { APP, person } from "@/test/integration/control/fixtures";
import { exportOf } from "@/test/unit/telemetry/mapper-support";
import { startApi, type ApiServer } from "./api-server";

const PATH = "/api/v1/intake/doctor";
const CHAT = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "acme.build": "x" };
const BODY = exportOf([{ attributes: CHAT, startMs: Date.UTC(2026, 3, 11, 23, 59) }]);

async function ask(api: ApiServer, body: unknown) {
  return api.call("POST", PATH, { token: api.tokenFor({ scopes: ["ingest"] }), body });
}

test("a body as text and as JSON is answered alike, with what the alias served at its time", async () => {
  const api = await startApi();
  const releaseId = api.world.release(1);
  api.world.serve(releaseId, Date.UTC(2026, 3, 11));
  const text = await ask(api, { body: JSON.stringify(BODY) });
  expect(text).toMatchObject({ status: 200, json: { form: "OTLP traces, JSON", counts: { request: 1 } } });
  expect(text.text).toContain(`it counts for ${releaseId}, which the alias served at its time`);
  expect((await ask(api, { body: BODY })).json).toEqual(text.json);
});

test("an application's own keys are used from the moment they are set", async () => {
  const api = await startApi();
  const keys = { telemetryKeys: { region: ["acme.build"] } };
  putApplication(api.world.as(person("release_manager")), { application: APP, ...keys });
  expect((await ask(api, { body: BODY })).json).toMatchObject({
    records: [
      {
        fields: expect.arrayContaining([expect.objectContaining({ field: "region", key: "acme.build", place: "own" })]),
      },
    ],
  });
});

test("nothing is stored: no row of the control database changes", async () => {
  const api = await startApi();
  const token = api.tokenFor({ role: "viewer" });
  const version = (): unknown => api.world.db.$client.pragma("data_version", { simple: true });
  const changes = (): unknown => api.world.db.$client.prepare("SELECT total_changes()").pluck().get();
  // The first call of a token notes when it was used.
  await api.call("GET", "/api/v1/applications", { token });
  const before = [version(), changes()];
  expect(await api.call("POST", PATH, { token, body: { body: BODY } })).toMatchObject({ status: 200 });
  expect([version(), changes()]).toEqual(before);
});

test.each([
  ["no body", {}, 400],
  ["words", { body: "hello" }, 400],
  ["an unknown member", { body: "{}", bodies: 1 }, 400],
  ["over a mebibyte", { body: `{"a":"${"x".repeat(1024 * 1024)}"}` }, 413],
])("%s is refused as a problem document", async (_, body, status) => {
  const api = await startApi();
  const answer = await ask(api, body);
  expect(answer).toMatchObject({ status, json: { status } });
});

test("markup in a value comes back as it was, as JSON", async () => {
  const api = await startApi();
  const answer = await ask(api, {
    body: exportOf([{ attributes: { ...CHAT, "cloud.region": "<script>1</script>" } }]),
  });
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  expect(answer.text).toContain("<script>1</script>");
});
