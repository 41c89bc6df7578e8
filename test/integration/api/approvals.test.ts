/** The queue of what waits for an answer: why, who may, what it leads to, and what of the votes still counts. */
import { describe, expect, test } from "vitest";
import { approveRollout } from "@/server/control/approve-rollout";
import { createToken } from "@/server/control/create-token";
import { pauseRollout } from "@/server/control/pause-rollout";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { toRfc3339 } from "@/server/domain/time";
import type { ApprovalsView } from "@/server/read/approvals";
import {
  addPerson,
  APP,
  CONTROLLER,
  evaluation,
  MINUTE_MS,
  person,
  SYSTEM,
  T0,
  weakScore,
} from "@/test/integration/control/fixtures";
import { startOn } from "@/test/integration/control/verb-table";
import { startApi, type ApiServer } from "./api-server";

async function queue(api: ApiServer, { token, mine = false }: { token: string; mine?: boolean }) {
  const answer = await api.call("GET", `/api/v1/approvals?application=${APP}${mine ? "&mine=true" : ""}`, { token });
  expect(answer.status).toBe(200);
  return answer.json as ApprovalsView;
}

const named = (api: ApiServer, name: string, role: "viewer" | "release_manager" = "release_manager"): string =>
  createToken(api.world.as(SYSTEM), { name, role }).token;

/** With the two people whom the approval step asks for: a policy that nobody can satisfy is refused. */
async function newApi(): Promise<ApiServer> {
  const api = await startApi();
  for (const name of ["bo", "di"]) addPerson(api.world, person("release_manager", name));
  return api;
}

const ASKED = { steps: [{ canary: "10%" }, { approval: { required: 2 } }, { canary: "50%" }] };

/** In its approval step since a minute after the start. */
function asking(api: ApiServer): string {
  const rolloutId = startOn(api.world, ASKED);
  recordEvaluation(api.world.as(CONTROLLER, T0 + MINUTE_MS), {
    rolloutId,
    atMs: T0 + MINUTE_MS,
    evaluation: evaluation({ stepComplete: true }),
    codeVersion: "test",
  });
  return rolloutId;
}

describe("what expires", () => {
  test("says when", async () => {
    const api = await newApi();
    const steps = [{ approval: { required: 1, expires: "2d" } }, { canary: "10%" }];
    startOn(api.world, { steps });
    const { items } = await queue(api, { token: named(api, "reader", "viewer") });
    expect(items).toMatchObject([{ kind: "approval", expiresAt: toRfc3339(T0 + 2 * 24 * 60 * MINUTE_MS) }]);
  });
});

describe("what waits for an answer", () => {
  test("nothing, and it says so", async () => {
    const api = await newApi();
    startOn(api.world, ASKED);
    expect(await queue(api, { token: named(api, "reader", "viewer") })).toEqual({
      sentence: "No rollout waits for an answer.",
      waiting: 0,
      mine: 0,
      items: [],
    });
  });

  test("an approval step, with what it leads to, who may answer and how many have", async () => {
    const api = await newApi();
    const rolloutId = asking(api);
    approveRollout(api.world.as(person("release_manager", "bo"), T0 + 2 * MINUTE_MS), { rolloutId, reason: "fine" });
    const view = await queue(api, { token: named(api, "cy") });
    expect(view.sentence).toBe("1 rollout waits for an answer; you may answer it.");
    expect(view.items).toMatchObject([
      {
        rollout: { id: rolloutId, step: { percentage: 10 } },
        kind: "approval",
        waitingSince: "2026-04-12T00:01:00.000Z",
        pausedBy: null,
        next: { state: "canary", percentage: 50 },
        approval: { required: 2, given: 1, viewer: { eligible: true } },
        votes: [{ by: { label: "bo" }, verdict: "approve", reason: "fine" }],
      },
    ]);
  });

  test.each([
    ["who started it", "starter", "release_manager", "You started the rollout: it needs someone else."],
    ["who wrote the candidate", "Author 2", "release_manager", "You wrote the candidate: it needs someone else."],
    ["who only reads", "reader", "viewer", "You have the role viewer; approving needs release_manager."],
  ] as const)("is not for %s to answer, in words; asked for one's own it is left out", async (_, name, role, words) => {
    const api = await newApi();
    asking(api);
    const token = named(api, name, role);
    const view = await queue(api, { token });
    expect(view.items[0]?.approval.viewer).toEqual({ eligible: false, reason: words });
    expect(view.sentence).toBe("1 rollout waits for an answer; none of them is yours to answer.");
    expect(await queue(api, { token, mine: true })).toMatchObject({ waiting: 1, mine: 0, items: [] });
  });

  test("a review, with the broken limits; a vote falls when others break", async () => {
    const api = await newApi();
    const rolloutId = asking(api);
    approveRollout(api.world.as(person("release_manager", "bo"), T0 + 2 * MINUTE_MS), { rolloutId, reason: "fine" });
    recordEvaluation(api.world.as(CONTROLLER, T0 + 3 * MINUTE_MS), {
      rolloutId,
      atMs: T0 + 3 * MINUTE_MS,
      evaluation: weakScore(),
      codeVersion: "test",
    });
    const [item] = (await queue(api, { token: named(api, "cy") })).items;
    expect(item).toMatchObject({
      violations: ["groundedness_score=0.79 below min 0.82 over 15m"],
      approval: { required: 2, given: 0 },
      votes: [],
    });
  });

  test("a pause by hand names who and why, and leads back to where it stopped", async () => {
    const api = await newApi();
    const rolloutId = startOn(api.world, ASKED);
    pauseRollout(api.world.as(person("on_call", "ana"), T0 + MINUTE_MS), { rolloutId, reason: "look first" });
    expect((await queue(api, { token: named(api, "cy") })).items).toMatchObject([
      {
        kind: "by_hand",
        pausedBy: "ana",
        rollout: { pauseReason: "look first" },
        next: { state: "canary", percentage: 10 },
      },
    ]);
  });
});
