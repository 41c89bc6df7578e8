import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PolicyName } from "@/server/domain/ids";
import { parsePolicy, type Policy } from "@/server/domain/policy/policy";
import { isEnded, nextState } from "@/server/domain/rollout/state-machine";
import {
  awaitsApproval,
  BEFORE_FIRST_STEP,
  DEFAULT_STEP,
  exposureOf,
  moveOnResume,
  movesAfterApproval,
  movesOnward,
  requiredApprovals,
  stepsOf,
  type Position,
} from "@/server/domain/rollout/steps";

const NAME = PolicyName.parse("p");
const policyOf = (...steps: unknown[]): Policy => parsePolicy({ steps }, NAME);

const STORY = policyOf(
  { shadow: "20%" },
  { canary: "2%" },
  { approval: { required: 2 } },
  { canary: "50%" },
  { soak: "48h", holdback: "1%" },
);
const at = (state: Position["state"], stepIndex: number, pausedFrom: Position["pausedFrom"] = null): Position => ({
  state,
  pausedFrom,
  stepIndex,
});
const GATING = at("gating", BEFORE_FIRST_STEP);

describe("steps of a policy", () => {
  it("are a tenth of the subjects where the policy has no serving step", () => {
    expect(stepsOf(policyOf())).toEqual([DEFAULT_STEP]);
    expect(stepsOf(policyOf({ approval: {} }))).toEqual([{ kind: "approval", required: 1 }, DEFAULT_STEP]);
    expect(stepsOf(STORY)).toHaveLength(5);
  });
});

describe("exposure", () => {
  it.each<[string, Position, object]>([
    ["nothing at the gates", GATING, { track: "none", percentage: 0 }],
    ["the shadow's sample", at("shadow", 0), { track: "shadow", percentage: 20 }],
    ["the canary's share", at("canary", 1), { track: "canary", percentage: 2, holdback: 0 }],
    ["the last served share while waiting for approval", at("paused", 2, "canary"), { track: "canary", percentage: 2 }],
    ["the same share while paused", at("paused", 3, "canary"), { track: "canary", percentage: 50 }],
    ["everybody but the holdback in the soak", at("soak", 4), { track: "canary", percentage: 100, holdback: 1 }],
    ["nothing when paused at the gates", at("paused", BEFORE_FIRST_STEP, "gating"), { track: "none" }],
    ["nothing after a rollback", at("rolled_back", 1), { track: "none" }],
    ["nothing after a promotion: the alias serves it", at("promoted", 4), { track: "none" }],
  ])("is %s", (_, position, exposure) => {
    expect(exposureOf(STORY, position)).toMatchObject(exposure);
  });
});

describe("moves", () => {
  it("pass the gates into the first step", () => {
    expect(movesOnward(STORY, GATING)).toEqual([
      { event: { type: "gates_passed", to: "shadow" }, to: at("shadow", 0) },
    ]);
  });

  it("pause in an approval step, whose number of approvers counts", () => {
    const [move] = movesOnward(STORY, at("canary", 1));
    expect(move).toEqual({ event: { type: "step_advanced", to: "paused" }, to: at("paused", 2, "canary") });
    expect(awaitsApproval(STORY, at("paused", 2, "canary"))).toBe(true);
    expect(requiredApprovals(STORY, at("paused", 2, "canary"))).toBe(2);
    expect(requiredApprovals(STORY, at("paused", 1, "canary"))).toBe(1);
  });

  it("go from an approval to the next step, from a review back to its own", () => {
    expect(movesAfterApproval(STORY, at("paused", 2, "canary")).at(-1)?.to).toEqual(at("canary", 3));
    expect(movesAfterApproval(STORY, at("paused", 1, "canary")).at(-1)?.to).toEqual(at("canary", 1));
  });

  it("override gates under review by an approval, and only check them again on resuming", () => {
    const paused = at("paused", BEFORE_FIRST_STEP, "gating");
    expect(movesAfterApproval(STORY, paused).at(-1)?.to).toEqual(at("shadow", 0));
    expect(moveOnResume(paused).to).toEqual(GATING);
  });

  it("do not take a pause at the gates for the approval step that comes first", () => {
    const policy = policyOf({ approval: {} }, { canary: "5%" });
    const atGates = at("paused", BEFORE_FIRST_STEP, "gating");
    expect(awaitsApproval(policy, atGates)).toBe(false);
    expect(movesAfterApproval(policy, atGates).map((move) => move.to)).toEqual([GATING, at("paused", 0, "gating")]);
    expect(movesAfterApproval(policy, at("paused", 0, "gating")).at(-1)?.to).toEqual(at("canary", 1));
  });

  it("promote after the last step, also when that is an approval", () => {
    expect(movesOnward(STORY, at("soak", 4)).at(-1)?.to.state).toBe("promoted");
    const policy = policyOf({ canary: "5%" }, { approval: {} });
    expect(movesAfterApproval(policy, at("paused", 1, "canary")).map((move) => move.to.state)).toEqual([
      "canary",
      "promoted",
    ]);
  });
});

const step = fc.constantFrom<unknown>(
  { shadow: "5%" },
  { canary: "10%" },
  { soak: "1h" },
  { approval: { required: 2 } },
);
const ORDER = ["shadow", "canary", "soak"] as const;
/** Any policy whose serving steps are in order; approvals anywhere. */
const policies = fc.array(step, { maxLength: 6 }).map((steps) => {
  const kind = (entry: unknown): number => ORDER.findIndex((name) => Object.hasOwn(entry as object, name));
  const serving = steps.filter((entry) => kind(entry) !== -1).toSorted((a, b) => kind(a) - kind(b));
  const oneSoak = serving.filter((entry, index) => kind(entry) !== 2 || kind(serving[index - 1] ?? {}) !== 2);
  const approvals = steps.filter((entry) => kind(entry) === -1);
  return policyOf(...approvals.slice(0, 1), ...oneSoak, ...approvals.slice(1));
});

it("every walk forward consists of moves that the state machine has, exposes ever more, and ends promoted", () => {
  fc.assert(
    fc.property(policies, (policy) => {
      let position: Position = GATING;
      let exposed = 0;
      for (let walked = 0; !isEnded(position.state); walked++) {
        expect(walked).toBeLessThan(20);
        const moves =
          position.state === "paused" ? movesAfterApproval(policy, position) : movesOnward(policy, position);
        expect(moves.length).toBeGreaterThan(0);
        for (const move of moves) {
          expect(nextState(position.state, move.event)).toBe(move.to.state);
          position = move.to;
        }
        const { track, percentage } = exposureOf(policy, position);
        if (track !== "canary") continue;
        expect(percentage).toBeGreaterThanOrEqual(exposed);
        exposed = percentage;
      }
      expect(position.state).toBe("promoted");
    }),
  );
});

it("a pause changes nothing that anybody is served, and resuming returns to the very same place", () => {
  fc.assert(
    fc.property(policies, fc.nat(5), (policy, hops) => {
      let position: Position = GATING;
      for (let hop = 0; hop < hops && position.state !== "paused"; hop++) {
        const next = movesOnward(policy, position).at(-1)?.to;
        if (next === undefined || isEnded(next.state)) break;
        position = next;
      }
      fc.pre(position.state !== "paused");
      const paused: Position = { ...position, state: "paused", pausedFrom: position.state };
      expect(exposureOf(policy, paused)).toEqual(exposureOf(policy, position));
      expect(moveOnResume(paused).to).toEqual(position);
    }),
  );
});
