/** A segment as addresses and calls write it: `region=us-west`. */
import { z } from "zod";

const SEGMENT = /^([^=]{1,128})=(.{1,256})$/s;

/** Text in, key and value out; the value may itself contain `=`. */
export const SegmentInput = z
  .string()
  .regex(SEGMENT, "must be key=value, e.g. region=us-west")
  .transform((text) => {
    const [, key = "", value = ""] = SEGMENT.exec(text) ?? [];
    return { key, value };
  });
