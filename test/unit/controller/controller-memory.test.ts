/** What the controller remembers belongs to one evaluation, and evidence that is forgotten gives its memory back. */
import { describe, expect, test } from "vitest";
import { ControllerMemory, type RememberedRollout } from "@/server/controller/controller-memory";
import { packEvidence, type PackedEvidence } from "@/server/controller/evidence-codec";
import { NO_HALVES } from "@/server/controller/control-halves";

function packed(): PackedEvidence {
  const evidence = packEvidence({
    policyVersion: 1,
    consumedToMs: 0,
    slots: {},
    dispersions: {},
    track: "canary",
    acknowledged: [],
    rules: {},
    halves: NO_HALVES,
  });
  return { ...evidence, numbers: Float64Array.of(1, 2, 3) };
}

function remembered(id: number, evidence: PackedEvidence | undefined): RememberedRollout {
  return {
    newest: { id, atMs: 0, decision: "continue", violations: [] },
    evidence,
    split: undefined,
    writtenAtMs: 0,
    configs: new Map(),
    history: undefined,
    outlook: undefined,
  } as unknown as RememberedRollout;
}

describe("the controller's memory", () => {
  test("answers only for the evaluation that it belongs to", () => {
    const memory = new ControllerMemory();
    const rollout = remembered(7, undefined);
    memory.remember("ro_1", rollout);
    expect(memory.recall("ro_1", 7)).toBe(rollout);
    expect(memory.recall("ro_1", 8)).toBeUndefined();
    expect(memory.recall("ro_2", 7)).toBeUndefined();
  });

  test("gives back the memory of evidence that another follows, and only of that", () => {
    const memory = new ControllerMemory();
    const [first, second] = [packed(), packed()];
    memory.remember("ro_1", remembered(1, first));
    memory.remember("ro_1", remembered(1, first));
    expect(first.numbers).toHaveLength(3);
    memory.remember("ro_1", remembered(2, second));
    expect(first.numbers).toHaveLength(0);
    expect(second.numbers).toHaveLength(3);
  });
});
