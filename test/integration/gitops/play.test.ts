/**
 * The whole play with the built product as people run it: a bare repository, the processes of `npm start`, the command
 * line, and an OpenTelemetry SDK as the gateway. Each act goes on from where the one before has left everything.
 */
import { execFile } from "node:child_process";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callProduct, eventually, startProduct, type Product } from "@/test/integration/harness/product";
import { git, manifest, newRemote, prompt, release, type Remote } from "./remote";
import { MANIFEST } from "./story";

const APP = "deploy-assistant";
/** The longest that any one thing takes to happen, also on a busy machine. */
const PATIENCE_MS = 90_000;
const POLICY = `# how a candidate gets to production
name: careful
evidence: window
settle: 1s
thresholds:
  error_rate: { max: 0.1, window: 10s, min_requests: 20, action: rollback }
steps:
  - { canary: 50%, min_duration: 1h }
`;
const SUBJECTS = Array.from({ length: 200 }, (_, index) => `tenant-${index}`);

interface Ran {
  code: number;
  out: string;
  err: string;
}

let product: Product;
let remote: Remote;
let tokens: Record<"admin" | "manager" | "pipeline" | "gateway", string>;
/** What the acts before have found out. */
let good = "";
let failed = "";
let rolloutId = "";
let incidentId = "";
let merged = "";

beforeAll(async () => {
  product = await startProduct({ SWITCHBACK_GIT_PROTOCOLS: "file" });
  remote = newRemote();
  tokens = {
    admin: product.createToken("--role", "admin"),
    manager: product.createToken("--role", "release_manager"),
    pipeline: product.createToken("--scope", "ci"),
    gateway: product.createToken("--scope", "ingest", "--scope", "gateway"),
  };
});
afterAll(async () => {
  await product.stop();
});

function switchback(token: string, ...args: string[]): Promise<Ran> {
  const environment = { ...process.env, SWITCHBACK_URL: product.url, SWITCHBACK_TOKEN: token };
  return new Promise((resolve) => {
    execFile(process.execPath, ["dist/switchback.js", ...args], { env: environment }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

const gitops = (command: string, ...args: string[]): Promise<Ran> =>
  switchback(tokens.pipeline, "gitops", command, "--application", APP, ...args);
const call = <T>(path: string, request: { method?: string; body?: unknown } = {}): Promise<T> =>
  callProduct<T>({ url: product.url, token: tokens.admin }, { path, ...request });
const production = (): Promise<{ releaseId: string; cause: string }> =>
  call(`/api/v1/applications/${APP}/aliases/production`);

async function auditEntry(seq: number): Promise<unknown> {
  const { items } = await call<{ items: { seq: number }[] }>(`/api/v1/audit?after=${seq - 1}&limit=1`);
  return items[0];
}

/** Polls the status until it ends so, with these words. */
function status(code: number, words: string): Promise<Ran> {
  const once = async (): Promise<Ran | undefined> => {
    const ran = await gitops("status");
    return ran.code === code && ran.out.includes(words) ? ran : undefined;
  };
  return eventually(once, PATIENCE_MS, `gitops status ending with ${code} and "${words}"`);
}

/** One answer to each subject by the release that it is assigned, of which the candidate fails every second. */
async function serveEveryone(): Promise<void> {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": APP }),
    spanProcessors: [
      new BatchSpanProcessor(
        new OTLPTraceExporter({
          url: `${product.intakeUrl}/v1/traces`,
          headers: { authorization: `Bearer ${tokens.gateway}` },
        }),
      ),
    ],
  });
  const tracer = provider.getTracer("gateway");
  for (const [index, subject] of SUBJECTS.entries()) {
    const assigned = await callProduct<{ track: string; releaseId: string }>(
      { url: product.url, token: tokens.gateway },
      { path: `/api/v1/applications/${APP}/assignment?subject=${subject}` },
    );
    const span = tracer.startSpan("chat small", {
      kind: SpanKind.CLIENT,
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "small",
        "gen_ai.response.model": "small-2026.1",
        "switchback.release.id": assigned.releaseId,
        "switchback.track": assigned.track,
        "user.id": subject,
      },
    });
    if (assigned.track === "canary" && index % 2 === 0) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
  await provider.shutdown();
}

const CLOSED = "closed-for-now";

/** The remote takes no push while the file is there, to no branch. */
function addClosingHook(): void {
  const hook = join(remote.path, "hooks/pre-receive");
  writeFileSync(hook, `#!/bin/sh\n[ ! -e ${CLOSED} ] || { echo "closed for maintenance" >&2; exit 1; }\n`);
  chmodSync(hook, 0o755);
}

describe("from an empty repository to a rollback that git follows", () => {
  test("the first commit is planned and applied: production serves what it declares, and git agrees", async () => {
    remote.push({
      "prompts/support/answer@1.9.md": prompt("1.9", "Answer kindly."),
      "prompts/support/tests/answer.jsonl": '{"id":"when","variables":{"question":"When is it done?"}}\n',
      [`models/${APP}/1.9.yaml`]: release("1.9"),
      [`models/${APP}/promotion-policy.yaml`]: POLICY,
      [MANIFEST]: manifest(`${APP}@1.9`),
    });
    addClosingHook();
    await call(`/api/v1/applications/${APP}/git`, { method: "PUT", body: { remote: remote.path, pollSeconds: 5 } });
    const applied = await gitops("apply");
    expect(applied, applied.out + applied.err).toMatchObject({ code: 0, err: "" });
    await status(0, `production runs what git declares: ${APP}@1.9`);
    good = (await production()).releaseId;
    expect(await call(`/api/v1/releases/${good}`)).toMatchObject({
      application: APP,
      components: { prompt: expect.stringMatching(/^support\/answer@1\.9#/), model: "lora@1.9" },
    });
  });

  test("a merged commit builds its release, and the promotion policy starts its rollout", async () => {
    merged = remote.push(
      {
        "prompts/support/answer@1.10.md": prompt("1.10", "Answer briefly."),
        [`models/${APP}/1.10.yaml`]: release("1.10"),
        [MANIFEST]: manifest(`${APP}@1.10`),
      },
      { message: "Answer briefly", author: "Bo <bo@example.org>" },
    );
    const planned = await gitops("plan", "--repository", remote.clone);
    expect(planned).toMatchObject({ code: 0, err: "" });
    expect(planned.out).toContain("Changes: 1 new release, 1 rollout to start.");
    const applied = await gitops("apply", "--commit", merged);
    expect(applied.code, applied.out + applied.err).toBe(0);
    rolloutId = /production: started: rollout (rol_\w+) is canary/.exec(applied.out)?.[1] ?? applied.out;
    const rollout = await call<{ candidate: { releaseId: string }; policy: { name: string } }>(
      `/api/v1/rollouts/${rolloutId}`,
    );
    expect(rollout).toMatchObject({ state: "canary", policy: { name: "careful", version: 1 } });
    failed = rollout.candidate.releaseId;
    expect(await call(`/api/v1/releases/${failed}`)).toMatchObject({
      provenance: [{ gitCommit: merged, author: "Bo <bo@example.org>" }],
    });
    expect(await production()).toMatchObject({ releaseId: good });
  });

  test("the candidate's errors reach the intake, and the controller rolls it back by itself", async () => {
    writeFileSync(join(remote.path, CLOSED), "");
    const ended = await eventually(
      async () => {
        await serveEveryone();
        const rollout = await call<{ state: string; sentence: string }>(`/api/v1/rollouts/${rolloutId}`);
        return rollout.state === "canary" ? undefined : rollout;
      },
      PATIENCE_MS,
      "the rollback",
    );
    expect(ended).toMatchObject({ state: "rolled_back", sentence: expect.stringContaining("error rate") });
    const { items } = await call<{ items: { id: string; rolloutId: string }[] }>(
      `/api/v1/incidents?application=${APP}`,
    );
    incidentId = items.find((incident) => incident.rolloutId === rolloutId)?.id ?? "";
    expect(incidentId).toMatch(/^inc_/);
  }, 120_000);

  test("while the remote takes no push the drift is shown, and what failed comes back by no way", async () => {
    const drift = await status(1, "held back until git agrees");
    expect(drift.out).toContain(`Git declares ${APP}@1.10 (${failed}) on production, ${good} runs`);
    const refusals = await Promise.all([
      gitops("plan", "--remote"),
      gitops("plan", "--repository", remote.clone),
      gitops("apply"),
      switchback(tokens.manager, "rollout", "start", "--application", APP, "--candidate", failed),
    ]);
    for (const { code, out, err } of refusals) {
      expect(code, out + err).toBe(1);
      expect(out + err).toContain(incidentId);
    }
    expect(remote.head()).toBe(merged);
  });

  test("when it takes pushes again the revert is committed, with nothing else changed, and the drift is gone", async () => {
    rmSync(join(remote.path, CLOSED));
    await eventually(async () => (remote.head() === merged ? undefined : true), PATIENCE_MS, "the revert");
    expect(remote.read(MANIFEST)).toBe(manifest(`${APP}@1.9`));
    expect(git(remote.path, "diff", "--numstat", merged, "main")).toBe(`1\t1\t${MANIFEST}`);
    expect(remote.message()).toMatch(/^switchback-controller <noreply@switchback\.invalid>\nrevert\(production\): /);
    const trailer = (name: string): string =>
      git(remote.path, "log", "-1", `--format=%(trailers:key=Switchback-${name},valueonly)`, "main");
    expect([trailer("Incident"), trailer("From"), trailer("To"), trailer("Decision")]).toEqual([
      incidentId,
      failed,
      good,
      "auto",
    ]);
    const [seq, hash] = trailer("Audit").split(" ");
    expect(await auditEntry(Number(seq))).toMatchObject({ hash, target: expect.stringContaining(APP) });
    await status(0, `production runs what git declares: ${APP}@1.9`);
    expect(remote.branches()).toEqual(["main"]);
  });

  test("declared again it is refused for its incident, until somebody gives a reason to let it back", async () => {
    remote.push({ [MANIFEST]: manifest(`${APP}@1.10`) }, { message: "Once more" });
    const refused = await gitops("apply");
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(new RegExp(`production: refused: ${failed} is quarantined .+ ${incidentId}`));
    const clear = ["gitops", "clear-quarantine", failed, "--application", APP];
    expect((await switchback(tokens.manager, ...clear)).err).toContain("required option '--reason <text>'");
    const cleared = await switchback(tokens.manager, ...clear, "--reason", "the provider was down");
    expect(cleared, cleared.err).toMatchObject({ code: 0 });
    const auditId = /audit entry (\d+)/.exec(cleared.out)?.[1];
    expect(await auditEntry(Number(auditId))).toMatchObject({ reason: "the provider was down" });
    expect((await gitops("apply")).out).toMatch(/production: started: rollout rol_\w+ is canary/);
    expect(await call("/api/v1/audit/verify")).toMatchObject({ valid: true });
  });
});
