import { describe, expect, it } from "vitest";
import { verifyExport } from "@/components/audit/verify-export";
import { sealEntry, type AuditEntry } from "@/server/domain/audit/chain";

function chain(length: number): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let index = 0; index < length; index++) {
    entries.push(
      sealEntry(entries.at(-1), {
        at: new Date(1_776_000_000_000 + index).toISOString(),
        actor: { kind: "person", id: "u_1", name: "Ana Petrović", role: "admin" },
        action: "alias.moved",
        target: `application/app/alias/production/${index}`,
        after: { releaseId: "a0e277e29c" },
      }),
    );
  }
  return entries;
}

/** The export in pieces that end in the middle of lines and of characters. */
function exported(entries: readonly unknown[], pieceBytes = 777): () => Promise<Response> {
  const bytes = new TextEncoder().encode(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  return async () =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (let at = 0; at < bytes.length; at += pieceBytes) controller.enqueue(bytes.slice(at, at + pieceBytes));
          controller.close();
        },
      }),
    );
}

describe("the chain, verified from the export", () => {
  it("holds over several slices, and tells how far it is", async () => {
    const entries = chain(601);
    const seen: number[] = [];
    const result = await verifyExport(exported(entries), (count) => seen.push(count), [300, 602]);
    const hashAt = new Map([[300, entries[299]?.hash]]);
    expect(result).toEqual({ entries: 601, valid: true, firstBroken: null, head: entries.at(-1)?.hash, hashAt });
    expect(seen).toEqual([250, 500, 601]);
  });

  it.each([
    ["changed", 300, (entry: AuditEntry) => ({ ...entry, reason: "never said" })],
    ["given another member", 10, (entry: AuditEntry) => ({ ...entry, extra: 1 })],
  ])("names the entry that was %s", async (_, seq, change) => {
    const entries = chain(601).map((entry) => (entry.seq === seq ? change(entry) : entry));
    const result = await verifyExport(exported(entries), () => undefined);
    expect(result.valid).toBe(false);
    expect(result.firstBroken).toBe(seq);
  });

  it("notices an entry that was dropped, also between two slices", async () => {
    for (const seq of [120, 251]) {
      const entries = chain(601).filter((entry) => entry.seq !== seq);
      const result = await verifyExport(exported(entries), () => undefined);
      expect(result.firstBroken).toBe(seq + 1);
    }
  });

  it("notices that the beginning is missing", async () => {
    const result = await verifyExport(exported(chain(10).slice(1)), () => undefined);
    expect(result.firstBroken).toBe(2);
  });

  it("holds for an empty log", async () => {
    expect((await verifyExport(exported([]), () => undefined)).valid).toBe(true);
  });

  it("throws on what is no entry, and on a refusal", async () => {
    await expect(verifyExport(exported([{ hello: 1 }]), () => undefined)).rejects.toThrow("not an audit entry");
    const refusal = async (): Promise<Response> => new Response("no", { status: 403 });
    await expect(verifyExport(refusal, () => undefined)).rejects.toThrow("status 403");
  });
});
