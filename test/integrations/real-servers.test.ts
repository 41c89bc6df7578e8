/** The adapters against MLflow and Feast themselves. `run.mjs` starts them; with RECORD the answers become fixtures. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { feastViews } from "@/server/integrations/feast/feast-views";
import { createMlflowClient } from "@/server/integrations/mlflow/mlflow-client";
import { readComponents } from "@/server/integrations/mlflow/mlflow-components";
import { moveRegistryAlias } from "@/server/integrations/mlflow/registry-alias";
import answers from "@/test/fixtures/mlflow/answers.json";
import recordedDump from "@/test/fixtures/feast/registry-dump.json";

const url = process.env["MLFLOW_URL"] ?? "";
const dumpPath = process.env["FEAST_DUMP"] ?? "";

const client = createMlflowClient({ url, fetch });
const LORA = { model: "lora", alias: "production" };

test("every recorded answer of MLflow still has its shape", async () => {
  const now: Record<string, object> = {};
  for (const [name, { path, query }] of Object.entries(answers)) {
    const response = await fetch(`${url}/api/2.0/mlflow/${path}?${new URLSearchParams(query)}`);
    now[name] = { status: response.status, path, query, body: await response.json() };
  }
  if (process.env["RECORD"] !== undefined) {
    writeFileSync("test/fixtures/mlflow/answers.json", `${JSON.stringify(now, null, 2)}\n`);
  }
  expect(shapeOf(now)).toEqual(shapeOf(answers));
});

test("models and prompts are read", async () => {
  const components = await readComponents(client);
  expect(components.map(({ kind, name, version }) => `${kind} ${name}@${version}`).toSorted()).toEqual([
    "model lora@1",
    "model lora@2",
    "prompt support@1",
    "prompt support@2",
  ]);
});

test("an alias is read, moved, refused to a stale expectation, and told to be unset", async () => {
  expect(await client.findAlias(LORA)).toBe("1");
  expect(await moveRegistryAlias(client, { ...LORA, expect: "1", to: "2" })).toEqual({
    outcome: "moved",
    before: "1",
    observed: "2",
  });
  expect(await moveRegistryAlias(client, { ...LORA, expect: "1", to: "2" })).toMatchObject({ outcome: "unchanged" });
  expect(await moveRegistryAlias(client, { ...LORA, expect: "7", to: "1" })).toMatchObject({ outcome: "conflict" });
  expect(await moveRegistryAlias(client, { ...LORA, expect: "2", to: "1" })).toMatchObject({ outcome: "moved" });
  await client.tagVersion({ model: "lora", version: "1", key: "switchback.moved_by", value: "ana" });
  const [tagged] = (await client.listVersions({ model: "lora", kind: "model" })).filter(
    ({ version }) => version === "1",
  );
  expect(tagged?.tags).toContainEqual({ key: "switchback.moved_by", value: "ana" });
  expect(await client.findAlias({ model: "lora", alias: "nope" })).toBeUndefined();
  expect(await client.findAlias({ model: "nope", alias: "production" })).toBeUndefined();
  await expect(client.setAlias({ ...LORA, version: "99" })).rejects.toThrow(/MLflow answered 404/);
});

test("Feast's registry has the same views, with the same hashes, as when it was recorded", () => {
  const now = feastViews(JSON.parse(readFileSync(dumpPath, "utf8")));
  expect(now).toEqual(feastViews(recordedDump));
});

/** The kinds of values, not the values: times, ids and tags differ from run to run. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "error_class" && key !== "sqlstate")
      .map(([key, member]) => [key, shapeOf(member)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
