/** Ids come back as they were sent, and the common forms take less room than their text. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hash48, requestKey, SPAN_SPACE, spanKey, traceBase } from "@/server/store/sqlite/hash48";
import { packId, packTraceId, unpackId, unpackTraceId } from "@/server/store/sqlite/packed-id";

const lengthOf = (id: string): number => Buffer.byteLength(packId(id) as string);

describe("an id", () => {
  const likely = fc.oneof(
    fc.uuid(),
    fc.stringMatching(/^[0-9a-f]{2,70}$/),
    fc.stringMatching(/^(chatcmpl-|resp_|msg_|req_|gen-)?[0-9A-Za-z_-]{1,60}$/),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 128 }),
  );

  test("comes back exactly, in whatever form it is packed", () => {
    fc.assert(
      fc.property(likely, (id) => {
        const packed = packId(id);
        expect(unpackId(packed)).toBe(id);
        expect(Buffer.byteLength(packed as string)).toBeLessThanOrEqual(Buffer.byteLength(id) + 1);
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    ["7f9c2ba4-e88f-427d-b1f4-9a3d5c0e6a11", 17],
    ["7F9C2BA4-E88F-427D-B1F4-9A3D5C0E6A11", 29],
    ["5b8efff798038103d269b633813fc60c", 17],
    ["chatcmpl-TKGggRuSxCqmw3HZkZRP82hTUQEv5", 24],
    ["msg_01XFDUDYJgAACzvnptvVoYEL", 20],
    ["req_8a2", 7],
  ])("%s takes %i bytes", (id, bytes) => {
    expect(lengthOf(id)).toBe(bytes);
  });

  test("is never packed to what another id is packed to", () => {
    fc.assert(
      fc.property(likely, likely, (one, other) => {
        const [a, b] = [packId(one), packId(other)];
        const same = typeof a === "string" || typeof b === "string" ? a === b : a.equals(b);
        expect(same).toBe(one === other);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a trace id", () => {
  test.each(["5b8efff798038103d269b633813fc60c", "not hex", "", "abc"])("%s comes back", (id) => {
    expect(unpackTraceId(packTraceId(id))).toBe(id);
  });

  test("in upper case is the same id", () => {
    expect(packTraceId("5B8E")).toEqual(packTraceId("5b8e"));
  });
});

describe("keys", () => {
  const trace = Buffer.from("5b8efff798038103d269b633813fc60c", "hex");
  const span = Buffer.from("eee19b7ec3c1b174", "hex");

  test("are what was stored by earlier versions", () => {
    expect(requestKey("req_8a2")).toBe(KNOWN.request);
    expect(spanKey(trace, span)).toBe(KNOWN.span);
  });

  test("of a trace and span are the same from bytes and from text, within the trace's range", () => {
    const key = spanKey(trace, span);
    expect(requestKey(`${trace.toString("hex")}-${span.toString("hex")}`)).toBe(key);
    expect(Math.floor((key - traceBase(trace)) / SPAN_SPACE)).toBe(0);
  });

  test("are 48 bits, and spread evenly", () => {
    const places = new Set<number>();
    for (let i = 0; i < 20_000; i++) {
      const key = hash48(`request-${i}`, 3);
      expect(Number.isInteger(key) && key >= 0 && key < 2 ** 48).toBe(true);
      places.add(key % 65_536);
    }
    // 20,000 balls in 65,536 places leave 17,228 places with one or more, give or take 50.
    expect(Math.abs(places.size - 17_228)).toBeLessThan(400);
  });
});

/** Written once by hand from a run: the hash is stored, so it must never change. */
const KNOWN = { request: 899_017_962, span: 1046195424 };
