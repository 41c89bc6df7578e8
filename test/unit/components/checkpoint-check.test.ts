/** A verified log held against its newest checkpoint and against the one that the browser kept. */
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkCheckpoint, verifySignature } from "@/components/audit/checkpoint-check";
import { verdictWords } from "@/components/audit/checkpoint-result";
import { checkpointText, type Checkpoint } from "@/server/domain/audit/checkpoint";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const hashOf = (seq: number): string => seq.toString(16).padStart(64, "0");

function checkpoint(size: number, change: Partial<Checkpoint> = {}): Checkpoint {
  const statement = { origin: "https://sb.example.org", size, hash: hashOf(size), time: "2026-04-12T04:00:00.000Z" };
  const signature = sign(null, Buffer.from(checkpointText(statement)), privateKey).toString("base64");
  const key = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  return { ...statement, publicKey: key, signature, ...change };
}

const hashAt = new Map([100, 200].map((seq) => [seq, hashOf(seq)]));

describe("a verified log", () => {
  it.each([
    ["agrees", { checkpoint: checkpoint(200), kept: checkpoint(100), signed: true }],
    ["agrees", { checkpoint: checkpoint(200), kept: null, signed: true }],
    ["unchecked_signature", { checkpoint: checkpoint(200), kept: null, signed: null }],
    ["bad_signature", { checkpoint: checkpoint(200), kept: null, signed: false }],
    ["too_short", { checkpoint: checkpoint(300), kept: null, signed: true }],
    ["other_history", { checkpoint: checkpoint(200, { hash: hashOf(9) }), kept: null, signed: true }],
    ["rewritten", { checkpoint: checkpoint(200), kept: checkpoint(100, { hash: hashOf(9) }), signed: true }],
    // The log was cut to less than what this browser had seen.
    ["rewritten", { checkpoint: checkpoint(200), kept: checkpoint(250), signed: true }],
  ] as const)("%s", (verdict, given) => {
    const check = checkCheckpoint({ ...given, hashAt });
    expect(check.verdict).toBe(verdict);
    expect(verdictWords(check)).toMatch(/^[A-Z].*[.\w]$/);
  });

  it("says so when the key is another one than before", () => {
    const kept = checkpoint(100, { publicKey: "AAAA" });
    expect(checkCheckpoint({ checkpoint: checkpoint(200), kept, hashAt, signed: true }).otherKey).toBe(true);
    expect(checkCheckpoint({ checkpoint: checkpoint(200), kept: null, hashAt, signed: true }).otherKey).toBe(false);
  });
});

describe("a signature", () => {
  it("is the key's, over exactly what the checkpoint says", async () => {
    expect(await verifySignature(checkpoint(200))).toBe(true);
    expect(await verifySignature(checkpoint(200, { size: 201 }))).toBe(false);
    expect(await verifySignature(checkpoint(200, { signature: checkpoint(100).signature }))).toBe(false);
  });
});
