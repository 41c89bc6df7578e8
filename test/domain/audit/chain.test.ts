import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AuditEntry, AuditRecord } from "@/server/domain/audit/chain";
import { GENESIS_HASH, sealEntry, verifyChain } from "@/server/domain/audit/chain";
import { sha256Hex } from "@/server/domain/hash";

const record = (reason: string): AuditRecord => ({
  at: "2026-04-10T12:00:00.000Z",
  actor: { kind: "person", id: "usr_1", name: "Ada", role: "on_call" },
  action: "rollback",
  target: "application/deploy-assistant/alias/production",
  before: { releaseId: "f91be2a454" },
  after: { releaseId: "698df6d7ad", share: 0.5 },
  reason,
});

function chainOf(reasons: readonly string[]): AuditEntry[] {
  const chain: AuditEntry[] = [];
  for (const reason of reasons) chain.push(sealEntry(chain.at(-1), record(reason)));
  return chain;
}

describe("audit chain", () => {
  it("hashes the canonical text of all but the hash", () => {
    const [entry] = chainOf(["latency"]);
    const text =
      '{"action": "rollback", "actor": {"id": "usr_1", "kind": "person", "name": "Ada", "role": "on_call"}, ' +
      '"after": {"releaseId": "698df6d7ad", "share": 0.5}, "at": "2026-04-10T12:00:00.000Z", "before": {"releaseId": "f91be2a454"}, ' +
      `"prevHash": "${GENESIS_HASH}", "reason": "latency", "seq": 1, "target": "application/deploy-assistant/alias/production"}`;
    expect(entry?.hash).toBe(sha256Hex(text));
  });

  it("survives a round trip through JSON", () => {
    const chain = JSON.parse(JSON.stringify(chainOf(["a", "süß 😀", "c"]))) as AuditEntry[];
    expect(verifyChain(chain)).toEqual({ entries: 3, valid: true });
  });

  it("is valid when empty", () => {
    expect(verifyChain([])).toEqual({ entries: 0, valid: true });
  });

  it("verifies a part from the hash before it, and only from that", () => {
    const chain = chainOf(["a", "b", "c", "d"]);
    expect(verifyChain(chain.slice(2), chain[1]?.hash)).toEqual({ entries: 2, valid: true });
    expect(verifyChain(chain.slice(2))).toEqual({ entries: 2, valid: false, firstBroken: 3 });
    expect(verifyChain(chain.slice(2), chain[0]?.hash)).toEqual({ entries: 2, valid: false, firstBroken: 3 });
  });

  const forged = (entry: AuditEntry, change: object): AuditEntry => ({ ...entry, ...change });
  it.each<[string, (chain: AuditEntry[]) => AuditEntry[], number]>([
    ["a changed reason", (chain) => chain.map((e) => (e.seq === 2 ? forged(e, { reason: "x" }) : e)), 2],
    [
      "a changed actor",
      (chain) => chain.map((e) => (e.seq === 3 ? forged(e, { actor: { ...e.actor, name: "x" } }) : e)),
      3,
    ],
    ["an added member", (chain) => chain.map((e) => (e.seq === 2 ? forged(e, { note: "x" }) : e)), 2],
    [
      "a value without canonical text",
      (chain) => chain.map((e) => (e.seq === 2 ? forged(e, { after: Number.NaN }) : e)),
      2,
    ],
    ["a dropped entry", (chain) => chain.filter((e) => e.seq !== 2), 3],
    ["a dropped beginning", (chain) => chain.slice(1), 2],
    ["swapped entries", ([a, b, c, d]) => [a, c, b, d].filter((e) => e !== undefined), 3],
    ["an entry sealed anew", (chain) => chain.map((e) => (e.seq === 2 ? sealEntry(chain[0], record("forged")) : e)), 3],
  ])("shows %s", (_, forge, firstBroken) => {
    expect(verifyChain(forge(chainOf(["a", "b", "c", "d"])))).toMatchObject({ valid: false, firstBroken });
  });

  it("shows a change of any one entry at that entry", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        (reasons, pick) => {
          const chain = chainOf(reasons);
          const index = pick % chain.length;
          const tampered = chain.map((entry, i) =>
            i === index ? forged(entry, { at: entry.at.replace("12", "13") }) : entry,
          );
          expect(verifyChain(chain)).toEqual({ entries: reasons.length, valid: true });
          expect(verifyChain(tampered)).toEqual({ entries: reasons.length, valid: false, firstBroken: index + 1 });
        },
      ),
    );
  });
});
