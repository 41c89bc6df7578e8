/** What pipelines run: registering releases and asking the gate. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { listProvenance } from "@/server/store/control/releases";
import { APP } from "@/test/integration/control/fixtures";
import { file, terminal } from "./terminal";

const MANIFEST =
  "application: deploy-assistant\ncomponents:\n  prompt: support@2.8\n  model: lora@1.9\n  feature_view: releases@4\n";

describe("release register", () => {
  it("registers a manifest, once, with its provenance", async () => {
    const { run, ask, api } = await terminal({ scopes: ["ci"] });
    const path = file(MANIFEST, "yaml");
    const first = await run(["release", "register", "-f", path, "--git-commit", "9f3c2a1", "--author", "nadia"]);
    expect(first).toEqual(expect.objectContaining({ code: 0, out: "698df6d7ad registered\n", err: "" }));
    expect(await ask("release", "register", "--file", path)).toMatchObject({ releaseId: "698df6d7ad", created: false });
    const fromInput = await run(["release", "register", "-f", "-"], { stdin: MANIFEST });
    expect(fromInput.out).toBe("698df6d7ad was registered before\n");
    const provenance = listProvenance(api.world.db, { application: APP, releaseId: "698df6d7ad" });
    expect(provenance).toContainEqual(expect.objectContaining({ gitCommit: "9f3c2a1", author: "nadia" }));
  });

  it.each([
    ["a manifest that is a list", "[]", 2, "must be a map: application and components"],
    ["a wrong component", "{application: deploy-assistant, components: {prompt: support}}", 2, "/components/prompt"],
    [
      "an unknown key",
      "{application: deploy-assistant, component: {prompt: support@2}}",
      2,
      "did you mean components?",
    ],
  ])("%s is refused with what is wrong", async (_name, manifest, code, message) => {
    const { run } = await terminal({ scopes: ["ci"] });
    const ran = await run(["release", "register", "-f", "-"], { stdin: manifest });
    expect(ran).toMatchObject({ code, out: "" });
    expect(ran.err).toContain(message);
  });

  it("a token that may not is refused with exit code 1", async () => {
    const { run } = await terminal({ scopes: ["gateway"] });
    const ran = await run(["release", "register", "-f", file(MANIFEST, "yaml")]);
    expect(ran).toMatchObject({ code: 1, out: "" });
    expect(ran.err).toContain("switchback: this needs");
  });
});

describe("gate", () => {
  const good = { quality: 0.9, tokens: 640, p95_ms: 900 };
  const dear = { quality: 0.9, tokens: 790, p95_ms: 970 };
  const limits = { max_token_increase: 0.15, max_p95_ms: 1000 };

  async function stage() {
    const { api, run } = await terminal({ scopes: ["ci"] });
    const [baseline, candidate] = [api.world.release(1), api.world.release(2)];
    const gate = (...flags: string[]) =>
      run(["gate", "--application", APP, "--candidate", candidate, "--baseline", baseline, ...flags]);
    const submitted = ["gate", "--application", APP, "--candidate", baseline, "--results"];
    await run([...submitted, file({ quality: 0.84, tokens: 620, p95_ms: 820 })]);
    return { gate, candidate, submitted, run };
  }

  it("promotes with 0, refuses with 1, and ends with 2 when it cannot tell", async () => {
    const { gate, candidate } = await stage();
    const unknown = await gate("--limits", file(limits));
    expect(unknown.code).toBe(2);
    expect(unknown.out).toContain("Could not tell: nothing failed, but results are missing.");
    const refused = await gate("--results", file(dear), "--limits", file(limits));
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/^fail +paid +tokens +tokens increase 27\.4% exceeds 15\.0% \(620 → 790\)$/m);
    expect(refused.out).toMatch(/^pass +paid +p95_ms +p95_ms=970 within max 1000$/m);
    expect(refused.out).toContain("Refuse: a check failed.");
    const promoted = await gate("--results", file({ suite: "golden", results: good }), "--limits", file(limits));
    expect(promoted.code).toBe(0);
    expect(promoted.out).toContain("Promote: every check passed.");
    const [answer] = (await gate("--limits", file(limits), "--json")).json();
    expect(answer).toMatchObject({ promote: true, verdict: "promote" });
    expect(candidate).not.toBe("");
  });

  it("writes the answer as Markdown, what failed first", async () => {
    const { gate } = await stage();
    const summary = file("", "md");
    await gate("--results", file(dear), "--limits", file(limits), "--markdown", summary);
    const lines = readFileSync(summary, "utf8").split("\n");
    expect(lines[0]).toBe("### Switchback gate: refuse");
    expect(lines[6]).toBe("| fail | paid | tokens | tokens increase 27.4% exceeds 15.0% (620 → 790) |");
    expect(lines).toContain("| pass | paid | p95\\_ms | p95\\_ms=970 within max 1000 |");
    const nowhere = await gate("--limits", file(limits), "--markdown", "/no/such/folder/summary.md");
    expect(nowhere).toMatchObject({ code: 2, err: expect.stringContaining("cannot be written") });
  });

  it("reads cases from JSONL and says when a difference is inside the noise", async () => {
    const { gate, submitted, run } = await stage();
    const cases = (shift: number) =>
      Array.from({ length: 12 }, (_, i) =>
        JSON.stringify({ id: i, quality: 0.7 + 0.2 * Math.sin(i) + shift * Math.cos(5 * i), tokens: 600 }),
      ).join("\n");
    const lines = (shift: number) => [file(cases(shift), "jsonl"), "--format", "jsonl"];
    await run([...submitted, ...lines(0)]);
    const asked = await gate("--results", ...lines(0.05), "--limits", file({ quality: { improve: true } }));
    expect(asked.code).toBe(2);
    expect(asked.out).toMatch(/^unknown +paid +quality .*12 matched cases\): inside the noise$/m);
    expect(asked.out).toContain("a difference is inside the noise.");
  });

  it("takes promptfoo and JUnit reports as they are", async () => {
    const { gate } = await stage();
    const cases = [{ success: true, score: 0.95, latencyMs: 700, response: { tokenUsage: { total: 600 } } }];
    const report = file({ results: { results: cases } });
    expect((await gate("--results", report, "--format", "promptfoo", "--limits", file(limits))).code).toBe(0);
    const junit = file('<testsuite><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>', "xml");
    const ran = await gate("--results", junit, "--format", "junit", "--limits", file({ min_pass_rate: 0.9 }));
    expect(ran.code).toBe(1);
    expect(ran.out).toContain("pass_rate=0.5 below min 0.9");
  });

  it.each([
    ["an unknown release", { candidate: "0123456789" }, "there is no release"],
    ["results that are no map", { results: "3" }, "must be a map: results"],
    ["results that are no numbers", { results: '{"quality":"good"}' }, "/results/quality"],
    ["a limit nobody understands", { limits: '{"speed":1}' }, "speed is no limit"],
  ])("%s is not a no: exit code 2", async (_name, given: Record<string, string>, message) => {
    const { api, run } = await terminal({ scopes: ["ci"] });
    const flags = Object.entries(given).flatMap(([name, value]) =>
      name === "candidate" ? [] : [`--${name}`, file(value)],
    );
    const candidate = given["candidate"] ?? api.world.release(1);
    const ran = await run(["gate", "--application", APP, "--candidate", candidate, ...flags]);
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toContain(message);
  });

  it("a call that is not allowed, or not answered, is not a no either", async () => {
    const { run } = await terminal({ scopes: ["gateway"] });
    const gate = ["gate", "--application", APP, "--candidate", "0123456789"];
    expect((await run(gate)).code).toBe(2);
    expect((await run([...gate, "--url", "http://127.0.0.1:1"])).code).toBe(2);
  });
});
