/** A newcomer with the README alone: its commands are run as they stand, against a fresh installation. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProduct, type Product } from "@/test/integration/harness/product";

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});

afterAll(async () => {
  await product.stop();
});

test("registers two releases, sends 1,000 requests, sees a breach roll back and traces a request", () => {
  const readme = readFileSync("README.md", "utf8");
  const blocks = [...readme.matchAll(/<!-- run:readme -->\n+```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  expect(blocks.length).toBeGreaterThanOrEqual(6);
  const output = execFileSync("bash", ["-euo", "pipefail", "-c", blocks.join("\n")], {
    encoding: "utf8",
    timeout: 150_000,
    env: { ...process.env, SWITCHBACK_URL: product.url, SWITCHBACK_DATA_DIR: product.dataDir },
  });
  expect(output).toContain('"accepted":1000');
  expect(output).toContain('"verdict":"fail"');
  expect(output).toMatch(/error_rate=0\.3\d+ exceeds max 0\.05 over 5m/);
  expect(output).toMatch(/prompt\s+answer@1\.4 → answer@1\.5/);
  expect(output).toContain("The chain holds");
}, 170_000);
