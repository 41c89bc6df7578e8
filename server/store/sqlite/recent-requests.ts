/**
 * The keys of the newest requests in memory, so that a retry is recognised although its time is another or missing. Two
 * generations of a fixed-size hash table: it remembers the last `GENERATION` requests at least, twice that at most.
 */

import type Database from "better-sqlite3";
import { KEY_SPACE } from "./hash48";

/** How many requests back a retry is recognised whatever its time. */
const GENERATION = 500_000;
const SLOTS = 2 ** 20;

class KeyTable {
  readonly #keys = new Float64Array(SLOTS);
  readonly #ids = new Float64Array(SLOTS);
  size = 0;

  /** The request of a key, or 0. */
  get(key: number): number {
    for (let slot = key % SLOTS; ; slot = (slot + 1) % SLOTS) {
      const found = this.#keys[slot] ?? 0;
      if (found === 0) return 0;
      if (found === key + 1) return this.#ids[slot] ?? 0;
    }
  }

  set(key: number, id: number): void {
    let slot = key % SLOTS;
    // Keys are kept plus one, so that 0 is an empty slot.
    while (this.#keys[slot] !== 0 && this.#keys[slot] !== key + 1) slot = (slot + 1) % SLOTS;
    if (this.#keys[slot] === 0) this.size += 1;
    this.#keys[slot] = key + 1;
    this.#ids[slot] = id;
  }
}

/** (Request key, application) → row, for the newest requests. What it returns may be stale or collide: compare the ids. */
export class RecentRequests {
  #newer = new KeyTable();
  #older = new KeyTable();

  /** Starts with the requests of the newest buckets, so that a restart forgets nothing recent. */
  constructor(database: Database.Database) {
    const rows = database
      .prepare<[number], { hash: number; request: number; application: number }>(
        `SELECT k.id % ${KEY_SPACE} AS hash, k.request, r.application
         FROM request_keys k JOIN requests r ON r.id = k.request ORDER BY k.id DESC LIMIT ?`,
      )
      .iterate(GENERATION);
    for (const { hash, request, application } of rows) this.add(hash, application, request);
  }

  /** The newest known request with the key, or 0. */
  get(key: number, application: number): number {
    const own = ownKey(key, application);
    return this.#newer.get(own) || this.#older.get(own);
  }

  add(key: number, application: number, id: number): void {
    if (this.#newer.size >= GENERATION) {
      this.#older = this.#newer;
      this.#newer = new KeyTable();
    }
    this.#newer.set(ownKey(key, application), id);
  }
}

/** Two applications may use one id: each has its own key here. */
function ownKey(key: number, application: number): number {
  return (key + application * 0x9e3779b97f) % 2 ** 48;
}
