/** The commands of the documents on incidents, releases and operations, as they stand, against a running installation. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callProduct, startProduct, type Product } from "@/test/integration/harness/product";

let product: Product;
const folder = mkdtempSync(join(tmpdir(), "switchback-documents-"));

beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await product.stop();
  rmSync(folder, { recursive: true, force: true });
});

function run(document: string, mark: string, environment: Record<string, string>, cwd = "."): string {
  const text = readFileSync(document, "utf8");
  const blocks = [...text.matchAll(new RegExp(`<!-- run:${mark} -->\\n+\`\`\`sh\\n([\\s\\S]*?)\`\`\``, "g"))];
  expect(blocks.length).toBeGreaterThanOrEqual(2);
  return execFileSync("bash", ["-euo", "pipefail", "-c", blocks.map(([, block = ""]) => block).join("\n")], {
    encoding: "utf8",
    timeout: 100_000,
    cwd,
    env: { ...process.env, SWITCHBACK_DATA_DIR: product.dataDir, ...environment },
  });
}

test("backup and restore of a running installation", () => {
  product.createToken("--scope", "ingest");
  const output = run("docs/operations.md", "operations", { BACKUPS: folder });
  expect(output).toMatch(/switchback\.tar: 4 files, [\d\u202f]+ bytes, \d+ audit entries with head [0-9a-f]{64}/);
  expect(output).toContain(`${folder}/restored is as it was at`);
  expect(output).toMatch(/tok_\w+\s+test\s+ingest/);
});

test("an incident's postmortem and the routes of notifications", async () => {
  const token = product.createToken("--role", "admin");
  const api = { url: product.url, token };
  await callProduct(api, { method: "PUT", path: "/api/v1/applications/helpdesk", body: { displayName: "Helpdesk" } });
  const body = { application: "helpdesk", title: "Answers in the wrong language" };
  const { id } = await callProduct<{ id: string }>(api, { path: "/api/v1/incidents", body });
  const environment = { SWITCHBACK_URL: product.url, TOKEN: token, INCIDENT: id };
  const output = run("docs/incidents.md", "incidents", environment, folder);
  expect(output.match(/"id":"ntr_/g)).toHaveLength(4);
  expect(readFileSync(join(folder, "postmortem.html"), "utf8")).toContain("Answers in the wrong language");
});

test("components, where they are used, and what waits for an approval", () => {
  const environment = { SWITCHBACK_URL: product.url, TOKEN: product.createToken("--role", "admin") };
  const output = run("docs/releases.md", "releases", environment, folder);
  expect(output).toContain('"name":"answer","version":"2.4.1","created":true');
  expect(output).toContain("prompt answer has 1 version: none serves now.");
  expect(output).toContain("answer@2.4.1 is in 1 release: 0 serving now, 0 rolled back");
  expect(output).toContain('"gitCommit":"4f2c9a1d"');
  expect(output).toContain("No rollout waits for an answer.");
});
