"use client";
/** Rows that have arrived since the reader looked wait until they are asked for: nothing moves under the cursor. */
import { useState } from "react";

export interface WaitingRows<Item> {
  /** What was shown before, each as it is now, and older rows that were asked for. */
  rows: readonly Item[];
  /** How many newer ones wait. */
  waiting: number;
  show: () => void;
}

/** The rows as shown so far, brought up to date; pure. New rows are those before the first one that is shown. */
export function heldRows<Item>(
  shown: readonly Item[],
  items: readonly Item[],
  keyOf: (item: Item) => string,
): { rows: Item[]; waiting: number } {
  const latest = new Map(items.map((item) => [keyOf(item), item]));
  const known = new Set(shown.map(keyOf));
  const first = items.findIndex((item) => known.has(keyOf(item)));
  if (first === -1) return { rows: [...shown], waiting: shown.length === 0 ? 0 : items.length };
  const older = items.slice(first).filter((item) => !known.has(keyOf(item)));
  return { rows: [...shown.map((item) => latest.get(keyOf(item)) ?? item), ...older], waiting: first };
}

/** What is listed, with its filter (another list starts afresh), and how its rows are told apart. */
export interface Held<Item> {
  list: string;
  keyOf: (item: Item) => string;
}

/** @param hold undefined while the rows are not those of a list, or where they may come as they like. */
export function useWaitingRows<Item>(items: readonly Item[], hold: Held<Item> | undefined): WaitingRows<Item> {
  const [held, setHeld] = useState<{ list: string; shown: readonly Item[] }>({ list: "", shown: [] });
  if (hold === undefined) return { rows: items, waiting: 0, show: () => undefined };
  const { list, keyOf } = hold;
  const show = (): void => setHeld({ list, shown: items });
  if (held.list !== list || held.shown.length === 0) {
    if (held.list !== list || items.length > 0) show();
    return { rows: items, waiting: 0, show };
  }
  const { rows, waiting } = heldRows(held.shown, items, keyOf);
  if (rows.length > held.shown.length) setHeld({ list, shown: rows });
  return { rows, waiting, show };
}
