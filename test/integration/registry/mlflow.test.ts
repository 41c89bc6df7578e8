/** MLflow's aliases follow ours; what others do there is noticed. Against recorded answers of a real server. */
import { beforeEach, describe, expect, test } from "vitest";
import { checkGate } from "@/server/control/check-gate";
import { moveAlias } from "@/server/control/move-alias";
import type { AliasMoveEffect } from "@/server/control/outside-effects";
import { putRegistryLink } from "@/server/control/put-registry-link";
import { registerRelease } from "@/server/control/register-release";
import { rollback } from "@/server/control/rollback";
import { createRegistryDeliverer } from "@/server/controller/registry-watch";
import { createMlflowClient, MlflowFailure } from "@/server/integrations/mlflow/mlflow-client";
import { readComponents } from "@/server/integrations/mlflow/mlflow-components";
import { createRegistry, type Registry } from "@/server/integrations/mlflow/registry";
import { moveRegistryAlias } from "@/server/integrations/mlflow/registry-alias";
import { readRegistries } from "@/server/read/registries";
import { listDueOutbox, markDelivered } from "@/server/store/control/outbox";
import { FakeTelemetry } from "@/test/integration/read/fake-telemetry";
import {
  APP,
  CONTROLLER,
  newWorld,
  ON_PRODUCTION,
  person,
  T0,
  token,
  type World,
} from "@/test/integration/control/fixtures";
import { recordedMlflow, type RecordedMlflow } from "./recorded-mlflow";

let world: World;
let mlflow: RecordedMlflow;
let registry: Registry;

beforeEach(() => {
  world = newWorld();
  mlflow = recordedMlflow();
  registry = createRegistry(mlflow.client);
});

const ci = token(["ci"]);

function release(version: number): string {
  const components = { prompt: "support@1", model: `lora@${version}` };
  return registerRelease(world.as(ci), { application: APP, components }).releaseId;
}

function serve(releaseId: string, atMs: number): void {
  moveAlias(world.as(person("release_manager"), atMs), { ...ON_PRODUCTION, releaseId, reason: "ship" });
}

/** Delivers what is due, as the controller's side work does. */
async function deliver(nowMs: number): Promise<void> {
  const deliverer = createRegistryDeliverer({ control: world.db, registry });
  for (let due = true; due;) {
    const rows = listDueOutbox(world.db, nowMs).filter(({ target }) => target.startsWith("registry:"));
    for (const row of rows) {
      await deliverer.deliver(row, { nowMs, signal: new AbortController().signal });
      markDelivered(world.db, { id: row.id, nowMs });
    }
    due = rows.length > 0;
  }
}

const view = () => readRegistries({ control: world.db, telemetry: new FakeTelemetry(), nowMs: T0 }, APP).items[0];

function link(): void {
  putRegistryLink(world.as(person("admin")), {
    ...ON_PRODUCTION,
    kind: "model",
    model: "lora",
    registryAlias: "production",
  });
}

describe("a linked alias", () => {
  test("follows a promotion and a rollback, with who and why in the version's tags", async () => {
    link();
    serve(release(1), T0);
    serve(release(2), T0 + 1);
    await deliver(T0 + 2);
    expect(mlflow.aliases.get("lora@production")).toBe("2");
    const { incidentId } = rollback(world.as(person("on_call"), T0 + 3), { application: APP, reason: "off by a day" });
    await deliver(T0 + 4);
    expect(mlflow.aliases.get("lora@production")).toBe("1");
    expect(view()).toMatchObject({
      outOfBand: false,
      moves: [
        { outcome: "moved", before: "2", requested: "1", observed: "1" },
        { outcome: "moved", before: "1", requested: "2", observed: "2" },
      ],
    });
    expect(mlflow.tags).toContain(
      JSON.stringify({ name: "lora", version: "1", key: "switchback.incident", value: incidentId }),
    );
  });

  test("that somebody else moved is left alone, noticed, and followed again from there", async () => {
    link();
    serve(release(1), T0);
    serve(release(2), T0 + 1);
    await deliver(T0 + 2);
    mlflow.aliases.set("lora@production", "7");
    rollback(world.as(person("on_call"), T0 + 3), { application: APP, reason: "off by a day" });
    await deliver(T0 + 4);
    expect(mlflow.aliases.get("lora@production")).toBe("7");
    expect(view()).toMatchObject({
      outOfBand: true,
      moves: [{ outcome: "conflict", before: "7", requested: "1", observed: "7" }, {}],
    });
    serve(release(3), T0 + 5);
    await deliver(T0 + 6);
    expect(view()).toMatchObject({ outOfBand: false, moves: [{ before: "7", observed: "3" }, {}, {}] });
  });

  test("is looked at: an out-of-band move is kept once, also when the alias is deleted", async () => {
    link();
    serve(release(1), T0);
    const look = () => registry.look(world.as(CONTROLLER, T0 + 1), APP);
    await look();
    expect(view()?.moves).toEqual([]);
    mlflow.aliases.set("lora@production", "2");
    await look();
    await look();
    mlflow.aliases.delete("lora@production");
    await look();
    expect(view()).toMatchObject({
      outOfBand: true,
      moves: [
        { outcome: "out_of_band", before: "2", requested: null, observed: null },
        { outcome: "out_of_band", before: "1", requested: null, observed: "2" },
      ],
    });
  });

  test("delivered twice is moved once", async () => {
    link();
    serve(release(1), T0);
    serve(release(2), T0 + 1);
    const rows = listDueOutbox(world.db, T0 + 2).filter(({ target }) => target.startsWith("registry:"));
    await deliver(T0 + 2);
    const moves = () => mlflow.calls.filter((call) => call.startsWith("POST registered-models/alias")).length;
    const before = moves();
    // The outbox's payload is the effect that the move wrote.
    const effect = rows.at(-1)?.payload as AliasMoveEffect;
    await registry.follow(world.as(CONTROLLER, T0 + 3), {
      ...effect,
      fromReleaseId: release(1),
      toReleaseId: release(2),
    });
    expect(moves()).toBe(before);
    expect(view()?.moves).toHaveLength(1);
    expect(mlflow.aliases.get("lora@production")).toBe("2");
  });
});

test("the emulated compare-and-set sees whoever wins the window", async () => {
  const move = { model: "lora", alias: "production", expect: "1", to: "2" };
  mlflow.race = () => mlflow.aliases.set("lora@production", "5");
  expect(await moveRegistryAlias(mlflow.client, move)).toEqual({ outcome: "conflict", before: "1", observed: "5" });
  mlflow.race = undefined;
  expect(await moveRegistryAlias(mlflow.client, move)).toEqual({ outcome: "conflict", before: "5", observed: "5" });
  expect(await moveRegistryAlias(mlflow.client, { ...move, expect: undefined })).toMatchObject({ outcome: "moved" });
  expect(await moveRegistryAlias(mlflow.client, move)).toMatchObject({ outcome: "unchanged" });
});

test("an alias that is unset and a model that is unknown are no failure", async () => {
  expect(await mlflow.client.findAlias({ model: "lora", alias: "nope" })).toBeUndefined();
  expect(await mlflow.client.findAlias({ model: "nope", alias: "production" })).toBeUndefined();
});

test.each([
  [403, "Invalid Host header", /403 to registered-models\/alias: no reason given/],
  [401, '{"error_code":"UNAUTHENTICATED","message":"no token"}', /UNAUTHENTICATED: no token/],
  [200, "<html>", /is not JSON/],
])("an answer of %i is a failure that says so", async (status, body, message) => {
  const client = createMlflowClient({ url: "http://m", fetch: () => Promise.resolve(new Response(body, { status })) });
  const attempt = client.findAlias({ model: "lora", alias: "production" });
  await expect(attempt).rejects.toThrow(message);
  await expect(attempt).rejects.toBeInstanceOf(MlflowFailure);
});

test("models and prompts become components, a prompt with the digest of its text", async () => {
  expect(await readComponents(mlflow.client)).toEqual([
    { kind: "model", name: "lora", version: "2", digest: null, uri: "models:/lora/2" },
    { kind: "model", name: "lora", version: "1", digest: null, uri: "models:/lora/1" },
    {
      kind: "prompt",
      name: "support",
      version: "2",
      digest: expect.stringMatching(/^sha256:/),
      uri: "prompts:/support/2",
    },
    {
      kind: "prompt",
      name: "support",
      version: "1",
      digest: expect.stringMatching(/^sha256:/),
      uri: "prompts:/support/1",
    },
  ]);
});

test("a release with a version that the registry does not hold is refused at the gate", async () => {
  link();
  await registry.look(world.as(CONTROLLER, T0), APP);
  const components = (version: number) =>
    checkGate(world.as(ci), { application: APP, candidate: release(version), limits: {} }).checks.find(
      ({ name }) => name === "components",
    );
  expect(components(2)).toMatchObject({ passed: true });
  expect(components(9)).toMatchObject({
    passed: false,
    message: "a registry does not hold model lora@9 (it knows 1, 2)",
  });
});
