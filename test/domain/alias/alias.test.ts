import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AliasMove } from "@/server/domain/alias/alias-move";
import { aliasAt } from "@/server/domain/alias/alias-move";
import { reconciliation } from "@/server/domain/alias/drift";
import type { BadMark, CandidateRollout } from "@/server/domain/alias/known-good";
import { knownGood } from "@/server/domain/alias/known-good";
import { isEnded } from "@/server/domain/rollout/state-machine";
import { ReleaseId } from "@/server/domain/ids";
import { ALIAS_MOVE_CAUSES, ROLLOUT_STATES } from "@/server/domain/vocabulary";
import examples from "@/test/fixtures/worked-examples.json";

const release = (letter: string): ReleaseId => ReleaseId.parse(letter.repeat(10));
const [A, B, C, D] = [release("a"), release("b"), release("c"), release("d")];
const move = (toReleaseId: ReleaseId, atMs: number, cause: AliasMove["cause"] = "promotion"): AliasMove => ({
  toReleaseId,
  atMs,
  cause,
});
const promoted = (candidate: ReleaseId, endedAtMs: number): CandidateRollout => ({
  candidate,
  state: "promoted",
  endedAtMs,
});
const ended = (candidate: ReleaseId, state: CandidateRollout["state"]): CandidateRollout => ({
  candidate,
  state,
  endedAtMs: 1,
});
const bad = (releaseId: ReleaseId, atMs: number): BadMark => ({ releaseId, atMs });

describe("known good", () => {
  it.each<[string, AliasMove[], CandidateRollout[], BadMark[], ReleaseId, ReleaseId | undefined]>([
    ["the promoted release before", [move(A, 1), move(B, 2)], [promoted(A, 1), promoted(B, 2)], [], B, A],
    ["none without history", [move(A, 1)], [promoted(A, 1)], [], A, undefined],
    ["the first target of a new installation", [move(A, 1, "manual"), move(B, 2)], [promoted(B, 2)], [], B, A],
    ["a first target whatever its cause", [move(A, 1, "break_glass"), move(B, 2)], [promoted(B, 2)], [], B, A],
    [
      "not one put there by break-glass later",
      [move(A, 1), move(B, 2, "break_glass"), move(C, 3)],
      [promoted(A, 1)],
      [],
      C,
      A,
    ],
    ["what git declared", [move(A, 1), move(B, 2, "reconcile"), move(C, 3)], [], [], C, B],
    [
      "not one marked bad since",
      [move(A, 1), move(B, 2), move(C, 3)],
      [promoted(A, 1), promoted(B, 2)],
      [bad(B, 5)],
      C,
      A,
    ],
    [
      "one promoted again after its mark",
      [move(A, 1), move(B, 6), move(C, 7)],
      [promoted(B, 2), promoted(B, 6)],
      [bad(B, 5)],
      C,
      B,
    ],
    [
      "not a manual one that was marked bad",
      [move(A, 1, "manual"), move(B, 2)],
      [promoted(B, 2)],
      [bad(A, 1)],
      B,
      undefined,
    ],
    [
      "not one whose rollout was aborted",
      [move(A, 1), move(B, 2, "manual"), move(C, 3)],
      [ended(B, "aborted")],
      [],
      C,
      A,
    ],
    [
      "not the current one, met again",
      [move(A, 1), move(B, 2), move(A, 3, "rollback")],
      [promoted(A, 1), promoted(B, 2)],
      [bad(B, 3)],
      A,
      undefined,
    ],
    [
      "further back after a rollback",
      [move(A, 1), move(B, 2), move(C, 3), move(B, 4, "rollback")],
      [promoted(A, 1), promoted(B, 2), promoted(C, 3)],
      [bad(C, 4)],
      B,
      A,
    ],
    [
      "the newest of several",
      [move(A, 1), move(B, 2), move(C, 3), move(D, 4)],
      [A, B, C, D].map((id, i) => promoted(id, i + 1)),
      [],
      D,
      C,
    ],
    [
      "moves in any order",
      [move(C, 3), move(A, 1), move(B, 2)],
      [A, B, C].map((id, i) => promoted(id, i + 1)),
      [],
      C,
      B,
    ],
  ])("is %s", (_, moves, rollouts, marks, current, expected) => {
    expect(knownGood(moves, rollouts, marks, current)).toBe(expected);
  });

  it("is never the current release, nor one marked bad after its last promotion, nor one the alias never pointed at", () => {
    const ids = fc.constantFrom(A, B, C, D);
    const at = fc.nat(50);
    fc.assert(
      fc.property(
        fc.array(fc.record({ toReleaseId: ids, atMs: at, cause: fc.constantFrom(...ALIAS_MOVE_CAUSES) }), {
          minLength: 1,
        }),
        fc.array(fc.record({ candidate: ids, state: fc.constantFrom(...ROLLOUT_STATES), endedAtMs: at })),
        fc.array(fc.record({ releaseId: ids, atMs: at })),
        (moves, rollouts, marks) => {
          const current = aliasAt(moves, 100) ?? A;
          const found = knownGood(moves, rollouts, marks, current);
          if (found === undefined) return;
          expect(found).not.toBe(current);
          expect(moves.map((each) => each.toReleaseId)).toContain(found);
          const lastMark = Math.max(-1, ...marks.filter((mark) => mark.releaseId === found).map((mark) => mark.atMs));
          const own = rollouts.filter((each) => each.candidate === found && isEnded(each.state));
          const lastPromotion = Math.max(
            -1,
            ...own.filter((each) => each.state === "promoted").map((each) => each.endedAtMs),
          );
          expect(own.length === 0 ? lastMark === -1 : lastPromotion > lastMark).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("alias history", () => {
  const moves = [move(A, 1000), move(B, 2000)];

  it.each([
    [999, undefined],
    [1000, A],
    [1999, A],
    [2000, B],
    [9000, B],
  ])("points at its release at %d", (timeMs, expected) => {
    expect(aliasAt(moves, timeMs)).toBe(expected);
  });
});

describe("reconciliation", () => {
  it.each(examples.reconciliation.cases)(
    "of $gitDesired against $runtime",
    ({ gitDesired, runtime, breakGlass, output }) => {
      expect(reconciliation({ gitDesired, runtime, breakGlass })).toEqual(output);
    },
  );

  it.each([
    ["no difference", { gitDesired: "a@1", runtime: "a@1" }, { drift: false, audited: false, openRevertCommit: false }],
    [
      "git ahead of the runtime",
      { gitDesired: "a@2", runtime: "a@1" },
      { drift: true, audited: false, openRevertCommit: false },
    ],
  ])("of %s", (_, input, output) => {
    expect(reconciliation(input)).toEqual(output);
  });
});
