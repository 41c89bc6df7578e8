/**
 * Attributes as bytes: a key and value that keep coming back are one number of the dictionary, others their key's number
 * and the value. Per key, the first `PAIRS_PER_KEY` short values are taken to keep coming back.
 */
import type { VarintCursor } from "@/server/domain/window/varint";
import { MAX_VARINT_BYTES, readVarint } from "@/server/domain/window/varint";
import { ByteSink } from "./byte-sink";
import type { ReadingDictionary, WritingDictionary } from "./dictionary";

const PAIRS_PER_KEY = 64;
const LONGEST_PAIR_VALUE = 64;
/** How an entry begins: `word · 2` is a pair, `word · 2 + 1` a key with its value behind it; word 0 spells the key out. */
const INLINE_KEY = 1;

interface KnownKey {
  /** 0: the dictionary had no room. */
  word: number;
  pairs: Map<string | number | boolean, number>;
}

/** Writes attributes. Its memory is a cache over the dictionary: forget it when a transaction fails. */
export class AttributeEncoder {
  readonly #dictionary: WritingDictionary;
  #keys = new Map<string, KnownKey>();
  readonly #out = new ByteSink();

  constructor(dictionary: WritingDictionary) {
    this.#dictionary = dictionary;
  }

  /** The bytes of a map of JSON values, or null for none. Members that are undefined are left out. */
  encode(attributes: Readonly<Record<string, unknown>>): Buffer | null {
    // A value that could not be written may have left something behind.
    this.#out.offset = 0;
    for (const key in attributes) {
      const value = attributes[key];
      if (value !== undefined) this.#entry(key, value);
    }
    return this.#out.offset === 0 ? null : this.#out.take();
  }

  rolledBack(): void {
    this.#keys = new Map();
  }

  #entry(key: string, value: unknown): void {
    const known = this.#known(key);
    const pair = isPairValue(value) ? this.#pair(key, value, known) : undefined;
    if (pair !== undefined) {
      this.#out.room(MAX_VARINT_BYTES);
      this.#out.varint(pair * 2);
      return;
    }
    const text = JSON.stringify(value) ?? "null";
    // UTF-8 takes at most three bytes per UTF-16 unit.
    this.#out.room(3 * MAX_VARINT_BYTES + (key.length + text.length) * 3);
    this.#out.varint(known.word * 2 + INLINE_KEY);
    if (known.word === 0) this.#out.text(key);
    this.#out.text(text);
  }

  #known(key: string): KnownKey {
    let known = this.#keys.get(key);
    if (known === undefined) {
      known = { word: this.#dictionary.idOf("attributeKey", key) ?? 0, pairs: new Map() };
      if (known.word !== 0) this.#keys.set(key, known);
    }
    return known;
  }

  #pair(key: string, value: string | number | boolean, known: KnownKey): number | undefined {
    const word = known.pairs.get(value);
    if (word !== undefined || known.pairs.size >= PAIRS_PER_KEY || known.word === 0) return word;
    const added = this.#dictionary.idOf("attributePair", JSON.stringify([key, value]));
    if (added !== undefined) known.pairs.set(value, added);
    return added;
  }
}

/** Reads what `AttributeEncoder` wrote. @throws RangeError for other bytes. */
export function decodeAttributes(bytes: Buffer, dictionary: ReadingDictionary): Record<string, unknown> {
  const cursor = { bytes, offset: 0 };
  const entries: [string, unknown][] = [];
  while (cursor.offset < bytes.length) {
    const head = readVarint(cursor);
    const word = Math.floor(head / 2);
    if (head % 2 === 0) {
      entries.push(JSON.parse(dictionary.word(word)) as [string, unknown]);
    } else {
      const key = word === 0 ? readText(cursor, bytes) : dictionary.word(word);
      entries.push([key, JSON.parse(readText(cursor, bytes))]);
    }
  }
  return Object.fromEntries(entries);
}

function readText(cursor: VarintCursor, bytes: Buffer): string {
  const length = readVarint(cursor);
  const end = cursor.offset + length;
  if (end > bytes.length) throw new RangeError(`attributes are cut off at byte ${bytes.length}`);
  const text = bytes.toString("utf8", cursor.offset, end);
  cursor.offset = end;
  return text;
}

function isPairValue(value: unknown): value is string | number | boolean {
  if (typeof value === "string") return value.length <= LONGEST_PAIR_VALUE;
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}
