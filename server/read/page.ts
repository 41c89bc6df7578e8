/** What every list takes and answers: `{items, nextCursor?}`, paged by cursor. */
import { z } from "zod";

/** Members of every list's input. The cursor comes from the page before. */
export const pageInput = {
  cursor: z.string().min(1).max(200).optional(),
  limit: z.number().int().min(1).max(200).default(50),
};

/** A page of `item`s. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}
