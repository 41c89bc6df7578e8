/**
 * Words of low cardinality as small numbers. The writer adds words inside its transactions and forgets them again when
 * one fails; readers learn words as they meet them. Each kind of word is bounded: past the bound a word is stored in
 * place (see `InPlace`), so that a gateway that sends ids as releases cannot grow the dictionary without end.
 */
import type Database from "better-sqlite3";

/** What a word is used as, and how many there may be. The numbers are stored. */
const WORD_KINDS = {
  application: { kind: 1, limit: 5_000 },
  release: { kind: 2, limit: 20_000 },
  segmentKey: { kind: 3, limit: 1_000 },
  segmentValue: { kind: 4, limit: 50_000 },
  segmentSet: { kind: 5, limit: 20_000 },
  errorType: { kind: 6, limit: 2_000 },
  measure: { kind: 7, limit: 5_000 },
  judge: { kind: 8, limit: 2_000 },
  attributeKey: { kind: 9, limit: 10_000 },
  attributePair: { kind: 10, limit: 50_000 },
  sources: { kind: 11, limit: 5_000 },
  flags: { kind: 12, limit: 2_000 },
} as const;
export type WordKind = keyof typeof WORD_KINDS;

/** A word's number, or the word itself as UTF-8 bytes where the dictionary had no room. */
export type StoredWord = number | Buffer;

interface WordRow {
  id: number;
  kind: number;
  word: string;
}

const KIND_BY_NUMBER: ReadonlyMap<number, WordKind> = new Map(
  Object.entries(WORD_KINDS).map(([name, { kind }]) => [kind, name as WordKind]),
);

/** The writer's dictionary: all words in memory, new ones in the current transaction. */
export class WritingDictionary {
  readonly #ids = new Map<WordKind, Map<string, number>>();
  readonly #words = new Map<number, string>();
  readonly #insert: Database.Statement<[number, number, string]>;
  #added: { kind: WordKind; word: string }[] = [];
  #nextId = 1;

  constructor(database: Database.Database) {
    this.#insert = database.prepare("INSERT INTO dictionary (id, kind, word) VALUES (?, ?, ?)");
    for (const name of Object.keys(WORD_KINDS)) this.#ids.set(name as WordKind, new Map());
    const rows = database.prepare<[], WordRow>("SELECT id, kind, word FROM dictionary").iterate();
    for (const { id, kind, word } of rows) {
      const name = KIND_BY_NUMBER.get(kind);
      if (name !== undefined) this.#ofKind(name).set(word, id);
      this.#words.set(id, word);
      this.#nextId = Math.max(this.#nextId, id + 1);
    }
  }

  /** The word's number; undefined when it is new and its kind is full. */
  idOf(kind: WordKind, word: string): number | undefined {
    const words = this.#ofKind(kind);
    const known = words.get(word);
    if (known !== undefined) return known;
    if (words.size >= WORD_KINDS[kind].limit) return undefined;
    const id = this.#nextId++;
    this.#insert.run(id, WORD_KINDS[kind].kind, word);
    words.set(word, id);
    this.#words.set(id, word);
    this.#added.push({ kind, word });
    return id;
  }

  /** The word's number, if it has one. */
  findId(kind: WordKind, word: string): number | undefined {
    return this.#ofKind(kind).get(word);
  }

  /** What a column holds for the word. */
  stored(kind: WordKind, word: string): StoredWord {
    return this.idOf(kind, word) ?? Buffer.from(word);
  }

  /** The word that a column holds. @throws Error for a number that was never given out. */
  word(stored: StoredWord): string {
    const word = typeof stored === "number" ? this.#words.get(stored) : stored.toString();
    if (word === undefined)
      throw new Error(`telemetry.db refers to word ${String(stored)}, which its dictionary lacks`);
    return word;
  }

  /** All words of a kind with their numbers. */
  wordsOf(kind: WordKind): { id: number; word: string }[] {
    return [...this.#ofKind(kind)].map(([word, id]) => ({ id, word }));
  }

  /** The words of this transaction are on disk. */
  committed(): void {
    this.#added = [];
  }

  /** The transaction failed: its words are not in the database. */
  rolledBack(): void {
    for (const { kind, word } of this.#added) this.#ofKind(kind).delete(word);
    this.#added = [];
  }

  #ofKind(kind: WordKind): Map<string, number> {
    const words = this.#ids.get(kind);
    if (words === undefined) throw new Error(`unknown kind of word: ${kind}`);
    return words;
  }
}

/** A reader's dictionary: asks the database once per word. */
export class ReadingDictionary {
  readonly #byId = new Map<number, string>();
  readonly #byWord = new Map<string, number>();
  readonly #selectWord: Database.Statement<[number], { word: string }>;
  readonly #selectId: Database.Statement<[number, string], { id: number }>;
  readonly #selectKind: Database.Statement<[number], WordRow>;

  constructor(database: Database.Database) {
    this.#selectWord = database.prepare("SELECT word FROM dictionary WHERE id = ?");
    this.#selectId = database.prepare("SELECT id FROM dictionary WHERE kind = ? AND word = ?");
    this.#selectKind = database.prepare("SELECT id, kind, word FROM dictionary WHERE kind = ?");
  }

  /** @throws Error for a number that was never given out: the database is damaged. */
  word(stored: StoredWord): string {
    if (typeof stored !== "number") return stored.toString();
    const known = this.#byId.get(stored);
    if (known !== undefined) return known;
    const row = this.#selectWord.get(stored);
    if (row === undefined) throw new Error(`telemetry.db refers to word ${stored}, which its dictionary lacks`);
    this.#byId.set(stored, row.word);
    return row.word;
  }

  /** The word's number, or undefined while nobody has used it. */
  idOf(kind: WordKind, word: string): number | undefined {
    const key = `${WORD_KINDS[kind].kind} ${word}`;
    const known = this.#byWord.get(key);
    if (known !== undefined) return known;
    const row = this.#selectId.get(WORD_KINDS[kind].kind, word);
    if (row !== undefined) this.#byWord.set(key, row.id);
    return row?.id;
  }

  /** What a column holds for the word: to compare with. */
  stored(kind: WordKind, word: string): StoredWord {
    return this.idOf(kind, word) ?? Buffer.from(word);
  }

  /** All words of a kind. */
  wordsOf(kind: WordKind): { id: number; word: string }[] {
    return this.#selectKind.all(WORD_KINDS[kind].kind);
  }
}
