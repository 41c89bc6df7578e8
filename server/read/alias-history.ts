/** The ledger of an alias, newest first, and what it pointed at at a given time. */
import { z } from "zod";
import { findMoveAt, listAliasMoves } from "@/server/store/control/aliases";
import { aliasMoveView } from "./alias-move-view";
import { AliasMove } from "./common-view";
import type { ReadDeps } from "./deps";

export const AliasHistoryView = z.object({
  items: z.array(AliasMove),
  nextCursor: z.string().optional(),
  /** With `at`: the move that was in force then; null before the first. */
  inForce: AliasMove.nullable().optional(),
});
export type AliasHistoryView = z.input<typeof AliasHistoryView>;

/** `atMs` asks "what was production at 14:03?" beside the page. */
export function aliasHistory(
  { control }: ReadDeps,
  input: { application: string; alias: string; limit: number; cursor?: string; atMs?: number },
): AliasHistoryView {
  const { atMs, ...query } = input;
  const page = listAliasMoves(control, query);
  const view = { ...page, items: page.items.map(aliasMoveView) };
  if (atMs === undefined) return view;
  const move = findMoveAt(control, { application: input.application, alias: input.alias, atMs });
  return { ...view, inForce: move === undefined ? null : aliasMoveView(move) };
}
