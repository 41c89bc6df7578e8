/** The newcomer's snippets: the document prints the ones that the page shows, and they do what they say. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import {
  GATEWAYS,
  gatewaySnippet,
  PLACEHOLDERS,
  registerSnippet,
  type Gateway,
  type SnippetTarget,
} from "@/server/domain/first-steps/snippets";
import { callProduct, startProduct, type Product } from "@/test/integration/harness/product";

const DOCUMENT = readFileSync("docs/first-ten-minutes.md", "utf8");

describe("the document", () => {
  it("prints the registration as the page shows it", () => {
    expect(DOCUMENT).toContain(`\n${registerSnippet(PLACEHOLDERS)}\n`);
  });

  it.each(GATEWAYS)("prints the snippet of %s as the page shows it", (gateway) => {
    const { title, install, code } = gatewaySnippet(gateway, PLACEHOLDERS);
    expect(DOCUMENT).toContain(`### ${title}\n`);
    expect(DOCUMENT).toContain(`\n${code}\n`);
    expect(DOCUMENT).toContain(`\n${install ?? code}\n`);
  });

  test("the collector's configuration leads from its receiver to this installation", () => {
    const { receivers, exporters, service } = parse(gatewaySnippet("collector", PLACEHOLDERS).code) as {
      receivers: object;
      exporters: Record<string, { endpoint: string; headers: Record<string, string> }>;
      service: { pipelines: { traces: { receivers: string[]; exporters: string[] } } };
    };
    const { traces } = service.pipelines;
    expect(Object.keys(receivers)).toEqual(traces.receivers);
    expect(Object.keys(exporters)).toEqual(traces.exporters);
    expect(exporters["otlphttp/switchback"]).toEqual({
      endpoint: PLACEHOLDERS.url,
      headers: { authorization: `Bearer ${PLACEHOLDERS.token}` },
    });
  });
});

describe("a newcomer who copies the snippets", () => {
  let product: Product;
  let target: SnippetTarget;
  let reader: string;
  let folder: string;

  beforeAll(async () => {
    product = await startProduct();
    const token = product.createToken("--scope", "ci", "--scope", "ingest");
    reader = product.createToken("--scope", "read");
    const newcomer = { url: product.url, token, application: "helpdesk" };
    const answer = run("bash", "sh", registerSnippet({ ...newcomer, releaseId: "" }));
    target = { ...newcomer, releaseId: (JSON.parse(answer) as { releaseId: string }).releaseId };
    // Beside the packages, so that the snippets find the ones that are installed.
    folder = mkdtempSync(join("node_modules", ".cache-first-steps-"));
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await product.stop();
  });

  const run = (program: string, ending: string, code: string): string => {
    if (program === "bash") return execFileSync("bash", ["-euo", "pipefail", "-c", code], { encoding: "utf8" });
    const file = join(folder, `snippet.${ending}`);
    writeFileSync(file, code);
    return execFileSync(program, [file], { encoding: "utf8", timeout: 60_000 });
  };
  const requests = async () =>
    (
      await callProduct<{ items: { releaseId: string; inputTokens: number; releaseSource: string }[] }>(
        { url: product.url, token: reader },
        { path: "/api/v1/requests?application=helpdesk" },
      )
    ).items;

  it.each<[Gateway, string, string]>([
    ["curl", "bash", "sh"],
    ["javascript", process.execPath, "mjs"],
  ])("sees the request of %s, with its release", async (gateway, program, ending) => {
    const before = (await requests()).length;
    run(program, ending, gatewaySnippet(gateway, target).code);
    const after = await requests();
    expect(after).toHaveLength(before + 1);
    for (const { releaseId, releaseSource, inputTokens } of after) {
      expect([releaseId, releaseSource, inputTokens]).toEqual([target.releaseId, "explicit", 512]);
    }
  });
});
