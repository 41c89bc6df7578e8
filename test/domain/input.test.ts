/** What a caller is told about input that does not fit: where, and what to write instead. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { closedObject, issuesOf } from "@/server/domain/input";
import { TimeInput } from "@/server/domain/time";

const Schema = closedObject({
  name: z.string().min(1).max(3),
  code: z.string().min(2),
  count: z.number().int().min(1).max(200),
  many: z.array(z.string()).max(1),
  track: z.enum(["control", "canary"]),
  from: TimeInput.optional(),
  own: z.string({ error: "say why in one sentence" }),
});
const GOOD = { name: "a", code: "ab", count: 1, many: [], track: "canary", own: "b" };

describe("the words for input that does not fit", () => {
  it.each([
    ["a member that is missing", { name: undefined }, "/name is needed: a text"],
    ["a number for a text", { name: 5 }, "/name must be a text"],
    ["an empty text", { name: "" }, "/name must not be empty"],
    ["a text that is too short", { code: "a" }, "/code must have at least 2 characters"],
    ["a text that is too long", { name: "abcd" }, "/name must have at most 3 characters"],
    ["a text for a number", { count: "1" }, "/count must be a number"],
    ["a fraction", { count: 1.5 }, "/count must be a whole number"],
    ["a number that is too large", { count: 201 }, "/count must be at most 200"],
    ["a list for a member", { many: ["a", "b"] }, "/many must have at most 1 items"],
    ["a text for a list", { many: "a" }, "/many must be a list"],
    ["an unknown word", { track: "green" }, "/track must be one of control, canary"],
    ["a time in other words", { from: "yesterday" }, "/from must be a time like 2026-04-12T03:52:04.000Z"],
    ["what the schema has own words for", { own: undefined }, "/own say why in one sentence"],
  ])("%s", (_, over, words) => {
    const result = Schema.safeParse({ ...GOOD, ...over });
    if (result.success) throw new Error("it fits");
    expect(issuesOf(result.error).map(({ pointer, message }) => `${pointer} ${message}`)).toEqual([words]);
  });

  it("a whole body of another kind", () => {
    const result = Schema.safeParse([]);
    if (result.success) throw new Error("it fits");
    expect(issuesOf(result.error)).toEqual([{ pointer: "", message: "must be an object" }]);
  });
});
