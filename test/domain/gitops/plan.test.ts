import { describe, expect, test } from "vitest";
import type { DesiredState } from "@/server/domain/gitops/desired-state";
import { hasErrors, planChanges, type Plan, type RunningState } from "@/server/domain/gitops/plan";
import { renderPlan } from "@/server/domain/gitops/render-plan";
import { AliasName, ApplicationId, PolicyName } from "@/server/domain/ids";
import { policyDigest } from "@/server/domain/policy/policy";
import { componentMap } from "@/server/domain/release/component-map";
import { releaseId } from "@/server/domain/release/release-id";

const APP = ApplicationId.parse("deploy-assistant");
const PRODUCTION = AliasName.parse("production");
const OLD_MAP = componentMap({ prompt: "support@2.8", model: "lora@1.9", feature_view: "releases@4" });
const NEW = { prompt: "support@2.8", model: "lora@1.9", feature_view: "releases@5" };
const OLD_ID = releaseId(OLD_MAP);
const NEW_ID = releaseId(componentMap(NEW));
const DOCUMENT = { steps: [{ canary: "10%" }] };

function desired(change: Partial<DesiredState> = {}): DesiredState {
  return {
    application: APP,
    commit: "0123456789abcdef0123456789abcdef01234567",
    releases: [
      {
        reference: "deploy-assistant@1.10",
        releaseId: NEW_ID,
        path: "models/deploy-assistant/1.10.yaml",
        sources: [],
        components: NEW,
        digests: {},
        fingerprints: {},
        labels: {},
      },
    ],
    aliases: [
      {
        alias: PRODUCTION,
        environment: "production",
        path: "aliases.yaml",
        keys: ["aliases", "production"],
        reference: "deploy-assistant@1.10",
        releaseId: NEW_ID,
      },
    ],
    policy: { name: PolicyName.parse("careful"), path: "promotion-policy.yaml", document: DOCUMENT, guards: null },
    prompts: [],
    findings: [],
    ...change,
  };
}

function running(change: Partial<RunningState> = {}): RunningState {
  return {
    application: APP,
    registered: new Set([OLD_ID]),
    components: new Map([[OLD_ID, OLD_MAP]]),
    aliases: new Map([["production", { releaseId: OLD_ID, revision: 3 }]]),
    rollouts: new Map(),
    quarantines: [],
    stopped: [],
    policy: () => ({ version: 2, document: DOCUMENT }),
    hasPolicy: (_, digest) => digest === policyDigest(DOCUMENT),
    branchPrompts: new Map(),
    releasedPrompts: new Map(),
    ...change,
  };
}

function onProduction({ aliases }: Plan): Plan["aliases"][number] | undefined {
  return aliases[0];
}

const LIVE = { id: "rol_1", candidateId: NEW_ID, state: "canary" } as const;
const HELD = {
  alias: "production",
  releaseId: NEW_ID,
  cause: "rollback",
  reason: "too slow",
  incidentId: "inc_1",
  sinceMs: 0,
} as const;

describe("what happens to an alias", () => {
  test.each<[string, Partial<DesiredState>, Partial<RunningState>, object, Plan["verdict"]]>([
    [
      "a rollout brings a new release",
      {},
      {},
      { action: "rollout", fromReleaseId: OLD_ID, toReleaseId: NEW_ID },
      "changes",
    ],
    [
      "nothing serves yet: it is set at once",
      {},
      { aliases: new Map() },
      { action: "first", fromReleaseId: null },
      "changes",
    ],
    [
      "it serves the release already",
      { policy: null },
      { aliases: new Map([["production", { releaseId: NEW_ID, revision: 4 }]]), registered: new Set([NEW_ID]) },
      { action: "in_sync" },
      "in_sync",
    ],
    [
      "its rollout is live",
      {},
      { rollouts: new Map([["production", LIVE]]), registered: new Set([NEW_ID]) },
      { action: "running", rolloutId: "rol_1" },
      "in_sync",
    ],
    [
      "another rollout is live",
      {},
      { rollouts: new Map([["production", { ...LIVE, candidateId: "aaaaaaaaaa" }]]) },
      { action: "waiting", rolloutId: "rol_1" },
      "changes",
    ],
    ["the release is quarantined", {}, { quarantines: [HELD] }, { action: "refused", incidentId: "inc_1" }, "refused"],
    [
      "it is quarantined on another alias",
      {},
      { quarantines: [{ ...HELD, alias: "staging" }] },
      { action: "rollout", incidentId: null },
      "changes",
    ],
    [
      "its rollout was rejected",
      {},
      { stopped: [{ alias: "production", releaseId: NEW_ID, rolloutId: "rol_1", state: "rejected" }] },
      { action: "refused", rolloutId: "rol_1" },
      "refused",
    ],
    ["a release that nobody knows", { releases: [] }, {}, { action: "refused" }, "refused"],
    [
      "the policy does not guard the alias",
      {
        policy: {
          name: PolicyName.parse("careful"),
          path: "p",
          document: DOCUMENT,
          guards: [AliasName.parse("staging")],
        },
      },
      {},
      { action: "move" },
      "changes",
    ],
    ["without a policy in git every alias is guarded", { policy: null }, {}, { action: "rollout" }, "changes"],
  ])("%s", (_, git, world, alias, verdict) => {
    const plan = planChanges(desired(git), running(world));
    expect(onProduction(plan)).toMatchObject(alias);
    expect(plan.verdict).toBe(verdict);
    expect(hasErrors(plan)).toBe(false);
  });

  test("a rollout that was promoted or that is of a quarantined release under way stays as it is", () => {
    const plan = planChanges(desired(), running({ rollouts: new Map([["production", LIVE]]), quarantines: [HELD] }));
    expect(onProduction(plan)).toMatchObject({ action: "running" });
  });
});

describe("releases and policies", () => {
  test("a new release says what changes against what its alias serves", () => {
    expect(planChanges(desired(), running()).releases).toEqual([
      {
        reference: "deploy-assistant@1.10",
        releaseId: NEW_ID,
        path: "models/deploy-assistant/1.10.yaml",
        changes: ["feature_view releases@4 → releases@5"],
      },
    ]);
  });

  test("a document that is stored, as the newest version or an older one, is no change", () => {
    expect(planChanges(desired(), running()).policy).toBeNull();
    const other = { version: 3, document: { steps: [] } };
    expect(planChanges(desired(), running({ policy: () => other })).policy).toBeNull();
  });

  test("a changed policy is told in sentences, both ways", () => {
    const world = running({
      policy: () => ({ version: 2, document: { steps: [{ canary: "50%" }] } }),
      hasPolicy: () => false,
    });
    const plan = planChanges(desired(), world);
    expect(plan.policy).toMatchObject({
      name: "careful",
      fromVersion: 2,
      added: ["Step 1: serve the candidate to 10 % of subjects until 1 request came in."],
      removed: ["Step 1: serve the candidate to 50 % of subjects until 1 request came in."],
    });
    expect(plan.verdict).toBe("changes");
  });

  test("a policy that cannot be read is an error of the commit", () => {
    const policy = { name: PolicyName.parse("careful"), path: "p.yaml", document: { stepz: [] }, guards: null };
    const plan = planChanges(desired({ policy }), running());
    expect(plan).toMatchObject({ verdict: "refused", policy: null });
    expect(plan.findings).toMatchObject([
      { code: "policy_invalid", path: "p.yaml", message: expect.stringContaining("did you mean steps?") as string },
    ]);
    expect(hasErrors(plan)).toBe(true);
  });
});

describe("prompts", () => {
  const prompt = {
    reference: "support/answer@2.8",
    path: "prompts/support/answer@2.8.md",
    digest: "sha256:bb",
    textDigest: "new",
  };
  const codes = (world: Partial<RunningState>, prompts = [prompt]): string[] =>
    planChanges(desired({ prompts }), running(world)).findings.map(({ code }) => code);
  const released = (reference: string, digest: string) => new Map([[reference, [{ digest, releaseId: OLD_ID }]]]);

  test.each<[string, Partial<RunningState>, string[]]>([
    ["a new prompt", {}, []],
    ["the same text on the branch", { branchPrompts: new Map([["support/answer@2.8", "new"]]) }, []],
    ["other text on the branch", { branchPrompts: new Map([["support/answer@2.8", "old"]]) }, ["version_not_raised"]],
    ["the same file in a release", { releasedPrompts: released("support/answer@2.8", "sha256:bb") }, []],
    ["another file in a release", { releasedPrompts: released("support/answer@2.8", "sha256:aa") }, ["version_reused"]],
    [
      "another file in a release that leaves the area out",
      { releasedPrompts: released("answer@2.8", "sha256:aa") },
      ["version_reused"],
    ],
  ])("%s", (_, world, expected) => {
    expect(codes(world)).toEqual(expected);
  });

  test("a name without its area says nothing where two areas have it", () => {
    const other = { ...prompt, reference: "sales/answer@2.8", path: "prompts/sales/answer@2.8.md" };
    expect(codes({ releasedPrompts: released("answer@2.8", "sha256:aa") }, [prompt, other])).toEqual([]);
  });
});

test("a plan reads as people read it", () => {
  const plan = planChanges(
    desired({
      findings: [
        {
          severity: "warning",
          code: "variable_unused",
          path: "prompts/a@1.0.md",
          line: 1,
          message: "variable x is declared but not used",
        },
      ],
    }),
    running({ quarantines: [HELD] }),
  );
  expect(renderPlan(plan).join("\n")).toBe(
    `Plan for deploy-assistant at 0123456789

  + release ${NEW_ID}  deploy-assistant@1.10
      feature_view releases@4 → releases@5
  ✗ production: ${OLD_ID} → ${NEW_ID} (deploy-assistant@1.10): ${NEW_ID} is quarantined on production: a rollback marked it bad in incident inc_1 (too slow). Declare another release, or clear the quarantine with a reason

Findings:
  prompts/a@1.0.md:1: warning variable_unused: variable x is declared but not used

Refused: 1 new release, 1 alias refused.`,
  );
});
