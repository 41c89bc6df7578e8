/** OpenFeature's own server SDK and remote provider evaluate our aliases. */
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature, type Client } from "@openfeature/server-sdk";
import { afterEach, describe, expect, test } from "vitest";
import { abortRollout } from "@/server/control/abort-rollout";
import { putPolicy } from "@/server/control/put-policy";
import { startRollout } from "@/server/control/start-rollout";
import { subjectBucket } from "@/server/domain/rollout/assignment";
import { ON_PRODUCTION, person } from "@/test/integration/control/fixtures";
import { startApi, type ApiServer } from "./api-server";

const RELEASE_MANAGER = person("release_manager");

afterEach(async () => {
  await OpenFeature.close();
  await OpenFeature.clearProviders();
});

async function clientOf(api: ApiServer, token = api.tokenFor({ scopes: ["gateway"] })): Promise<Client> {
  const provider = new OFREPProvider({ baseUrl: api.url, headers: [["authorization", `Bearer ${token}`]] });
  await OpenFeature.setProviderAndWait("switchback", provider);
  return OpenFeature.getClient("switchback");
}

/** Production serves release 1; returns it, release 2, and a way to put 2 in front of 10 % of subjects. */
async function startServing(): Promise<{ api: ApiServer; control: string; candidate: string; canary: () => string }> {
  const api = await startApi();
  const control = api.world.release(1);
  const candidate = api.world.release(2);
  api.world.serve(control);
  const as = api.world.as(RELEASE_MANAGER);
  putPolicy(as, { name: "tenth", document: { steps: [{ canary: "10%", min_requests: 100 }] } });
  const canary = () => startRollout(as, { ...ON_PRODUCTION, candidate, policy: "tenth" }).id;
  return { api, control, candidate, canary };
}

describe("the SDK", () => {
  test("gets the alias's release with its components as flag metadata", async () => {
    const { api, control } = await startServing();
    const client = await clientOf(api);
    const details = await client.getStringDetails("deploy-assistant", "none", { targetingKey: "ada" });
    expect(details).toMatchObject({ value: control, reason: "STATIC", variant: "control" });
    expect(details.flagMetadata).toMatchObject({
      prompt: "support@1",
      application: "deploy-assistant",
      alias: "production",
      revision: 1,
      percentage: 0,
      bucket: subjectBucket("ada"),
    });
    expect(await client.getStringValue("deploy-assistant.production", "none", { targetingKey: "ada" })).toBe(control);
  });

  test("gets the candidate for exactly the subjects whose bucket is below the percentage", async () => {
    const { api, control, candidate, canary } = await startServing();
    const rolloutId = canary();
    const client = await clientOf(api);
    for (let index = 0; index < 60; index++) {
      const subject = `subject-${index}`;
      const details = await client.getStringDetails("deploy-assistant", "none", { targetingKey: subject });
      const chosen = subjectBucket(subject) < 10;
      expect(details).toMatchObject({
        value: chosen ? candidate : control,
        variant: chosen ? "canary" : "control",
        reason: "SPLIT",
        flagMetadata: { rolloutId, percentage: 10 },
      });
    }
  });

  test("sees the end of a rollout on its very next call", async () => {
    const { api, control, candidate, canary } = await startServing();
    const rolloutId = canary();
    const client = await clientOf(api);
    const subject = Array.from({ length: 200 }, (_, index) => `s${index}`).find((one) => subjectBucket(one) < 10) ?? "";
    expect(await client.getStringValue("deploy-assistant", "none", { targetingKey: subject })).toBe(candidate);
    abortRollout(api.world.as(RELEASE_MANAGER), { rolloutId, reason: "test" });
    expect(await client.getStringValue("deploy-assistant", "none", { targetingKey: subject })).toBe(control);
  });

  test.each([
    ["an unknown flag", "nothing", { targetingKey: "ada" }, "FLAG_NOT_FOUND"],
    ["a split without a subject", "deploy-assistant", {}, "TARGETING_KEY_MISSING"],
  ])("falls back to the default for %s and knows why", async (_, flag, context, errorCode) => {
    const { api, canary } = await startServing();
    canary();
    const client = await clientOf(api);
    const details = await client.getStringDetails(flag, "last-known-good", context);
    expect(details).toMatchObject({ value: "last-known-good", reason: "ERROR", errorCode });
  });

  test("falls back to the default with a token that may not", async () => {
    const { api } = await startServing();
    const client = await clientOf(api, api.tokenFor({ scopes: ["ingest"] }));
    const value = await client.getStringValue("deploy-assistant", "last-known-good", { targetingKey: "ada" });
    expect(value).toBe("last-known-good");
  });
});

describe("bulk evaluation", () => {
  const PATH = "/ofrep/v1/evaluate/flags";

  test("answers every alias, an application's name standing for production, and 304 while nothing changes", async () => {
    const { api, control, canary } = await startServing();
    const token = api.tokenFor({ scopes: ["gateway"] });
    const body = { context: { targetingKey: "ada" } };
    const first = await api.call("POST", PATH, { token, body });
    expect(first.json).toMatchObject({
      flags: [
        { key: "deploy-assistant", value: control },
        { key: "deploy-assistant.production", value: control },
      ],
    });
    const headers = { "if-none-match": first.headers.get("etag") ?? "" };
    expect(await api.call("POST", PATH, { token, body, headers })).toMatchObject({ status: 304, text: "" });
    canary();
    expect(await api.call("POST", PATH, { token, body, headers })).toMatchObject({ status: 200 });
    const without = await api.call("POST", PATH, { token, body: {} });
    expect(without.json).toMatchObject({ flags: [{ errorCode: "TARGETING_KEY_MISSING" }, {}] });
  });

  test.each([
    ["{", "PARSE_ERROR"],
    ['{"context":7}', "INVALID_CONTEXT"],
  ])("the body %s is refused in the protocol's words", async (body, errorCode) => {
    const { api } = await startServing();
    const token = api.tokenFor({ scopes: ["gateway"] });
    const headers = { "content-type": "application/json" };
    for (const path of [PATH, `${PATH}/deploy-assistant`]) {
      const answer = await api.call("POST", path, { token, body, headers });
      expect(answer).toMatchObject({ status: 400, json: { errorCode } });
    }
  });
});
