/** `region=us-west`: one value of a segment, as queries name it. */
import { z } from "zod";

export const SegmentInput = z
  .string()
  .regex(/^[^=]{1,128}=.{1,256}$/s, "must be a segment like region=us-west")
  .transform((text) => {
    const separator = text.indexOf("=");
    return { key: text.slice(0, separator), value: text.slice(separator + 1) };
  });
