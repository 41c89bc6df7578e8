/**
 * Pairs of a request and its shadow, as they arrive: which stored row is the other half, and what both halves state. A
 * half that came more than `AWAITED` shadows or a restart before the other is not found; unmatched halves do not count.
 */
import type Database from "better-sqlite3";
import { TRACKS } from "@/server/domain/vocabulary";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import type { StoredWord, WritingDictionary } from "./dictionary";
import { requestKey } from "./hash48";
import type { NewRequest, NewScore } from "./new-request";
import { packId, unpackId, type PackedId } from "./packed-id";
import type { RecentRequests } from "./recent-requests";
import { RequestSearch } from "./request-search";
import { identityText, textOfId } from "./request-writer";

/** Shadows whose original may still come, newest. */
const AWAITED = 20_000;
/** Segments of 65,536 requests in which a late score's shadow is looked for. */
const RECENT_SEGMENTS = 2;
const SHADOW = TRACKS.indexOf("shadow");

/** What of a row is compared. */
interface HalfRow {
  id: number;
  application: StoredWord;
  track: number;
  request_id: PackedId | null;
  trace_id: PackedId | null;
  span_id: PackedId | null;
  shadow_of: PackedId | null;
  status: number;
  refused: number | null;
  toxic: number | null;
  policy_violation: number | null;
  task_completed: number | null;
}

const EVENTS = [
  ["error", "status"],
  ["refusal", "refused"],
  ["toxicity", "toxic"],
  ["policy_violation", "policy_violation"],
  ["task_completion", "task_completed"],
] as const;

/** Both rows of a pair. */
export interface Pair {
  readonly shadow: number;
  readonly original: number;
}

/** The shadow's value less the original's, of one event (0 or 1 each) or score. */
export interface PairDifference {
  readonly key: string;
  readonly difference: number;
}

export class PairFinder {
  readonly #dictionary: WritingDictionary;
  readonly #recent: RecentRequests;
  readonly #search: RequestSearch;
  readonly #row: Database.Statement<[number], HalfRow>;
  readonly #score: Database.Statement<[number, number, number], { value: number }>;
  /** `application request` → the shadow's row. */
  readonly #awaited = new Map<string, number>();
  /** Applications that shadow, since the start. */
  readonly #shadowing = new Set<string>();

  constructor(database: Database.Database, shared: { dictionary: WritingDictionary; recent: RecentRequests }) {
    this.#dictionary = shared.dictionary;
    this.#recent = shared.recent;
    this.#search = new RequestSearch(database);
    const columns = EVENTS.map(([, column]) => column).join(", ");
    this.#row = database.prepare(
      `SELECT id, application, track, request_id, trace_id, span_id, shadow_of, ${columns} FROM requests WHERE id = ?`,
    );
    this.#score = database.prepare("SELECT value FROM scores WHERE request = ? AND name = ? AND judge = ?");
  }

  /** The pair that a request completes which has just been written into `row`. */
  arrived(request: NewRequest, row: number): Pair | undefined {
    const { application, track, shadowOf } = request;
    if (track === "shadow") {
      if (shadowOf === null) return undefined;
      this.#shadowing.add(application);
      const original = this.#original(shadowOf, this.#dictionary.idOf("application", application));
      if (original === undefined) this.#await(`${application} ${shadowOf}`, row);
      return original === undefined ? undefined : { shadow: row, original };
    }
    if (track !== "control" || this.#awaited.size === 0) return undefined;
    const key = `${application} ${textOfId(request)}`;
    const shadow = this.#awaited.get(key);
    this.#awaited.delete(key);
    // A transaction that failed may have left a row that is not there.
    return shadow !== undefined && this.#row.get(shadow)?.track === SHADOW ? { shadow, original: row } : undefined;
  }

  /** The pair of a stored request that gets a score. */
  scored(row: number, application: string): Pair | undefined {
    if (!this.#shadowing.has(application)) return undefined;
    const half = this.#row.get(row);
    if (half === undefined) return undefined;
    if (half.track === SHADOW) {
      const original = half.shadow_of === null ? undefined : this.#original(unpackId(half.shadow_of), half.application);
      return original === undefined ? undefined : { shadow: row, original };
    }
    for (const id of this.#search.linked("shadow", packId(identityText(half)), RECENT_SEGMENTS)) {
      if (this.#row.get(id)?.application === half.application) return { shadow: id, original: row };
    }
    return undefined;
  }

  /** What both halves state of their events and of these scores by the same judge. */
  differences({ shadow, original }: Pair, scores: readonly Pick<NewScore, "name" | "judge">[]): PairDifference[] {
    const [mine, theirs] = [this.#row.get(shadow), this.#row.get(original)];
    const found: PairDifference[] = [];
    for (const [event, column] of EVENTS) {
      const [a, b] = [mine?.[column] ?? null, theirs?.[column] ?? null];
      if (a !== null && b !== null) found.push({ key: aggregateKey({ kind: "rate", event }), difference: a - b });
    }
    return [...found, ...this.scoreDifferences({ shadow, original }, scores)];
  }

  /** The same of the scores alone. */
  scoreDifferences({ shadow, original }: Pair, scores: readonly Pick<NewScore, "name" | "judge">[]): PairDifference[] {
    return scores.flatMap(({ name, judge }) => {
      const nameId = this.#dictionary.idOf("measure", name);
      const judgeId = judge === null ? 0 : this.#dictionary.idOf("judge", judge);
      if (nameId === undefined || judgeId === undefined) return [];
      const mine = this.#score.get(shadow, nameId, judgeId)?.value;
      const theirs = this.#score.get(original, nameId, judgeId)?.value;
      if (mine === undefined || theirs === undefined) return [];
      return [{ key: aggregateKey({ kind: "score", name }), difference: mine - theirs }];
    });
  }

  #original(shadowOf: string, application: StoredWord | undefined): number | undefined {
    if (application === undefined) return undefined;
    const row = this.#recent.get(requestKey(shadowOf), Number(application));
    const found = row === 0 ? undefined : this.#row.get(row);
    return found !== undefined && found.application === application && identityText(found) === shadowOf
      ? found.id
      : undefined;
  }

  #await(key: string, row: number): void {
    this.#awaited.set(key, row);
    if (this.#awaited.size <= AWAITED) return;
    const [oldest] = this.#awaited.keys();
    if (oldest !== undefined) this.#awaited.delete(oldest);
  }
}
