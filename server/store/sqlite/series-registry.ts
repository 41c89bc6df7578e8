/**
 * The series that requests are counted in: (application, release, track) as a whole and per segment value. Bounded: an
 * application has at most `VALUES_PER_KEY` values of a segment key and `RELEASES_PER_APPLICATION` releases; what comes
 * after is counted under `OTHER`, and how often that happened is counted too.
 */
import type Database from "better-sqlite3";
import type { Track } from "@/server/domain/vocabulary";
import { TRACKS } from "@/server/domain/vocabulary";
import type { WritingDictionary } from "./dictionary";

const VALUES_PER_KEY = 200;
const RELEASES_PER_APPLICATION = 1_000;
/** The value that stands for all further values. */
export const OTHER = "__other__";

/** A series' number; stable for ever. */
export type SeriesId = number;

/** Where a request is counted. */
export interface SeriesPlace {
  application: string;
  /** Null: no release was found. */
  releaseId: string | null;
  track: Track;
}

interface SeriesRow {
  id: number;
  application: number;
  release: number;
  track: number;
  segment_key: number;
  segment_value: number;
}

/** Finds and creates series; all of them are in memory. */
export class SeriesRegistry {
  readonly #dictionary: WritingDictionary;
  readonly #all: Database.Statement<[], SeriesRow>;
  readonly #insert: Database.Statement<[number, number, number, number, number, number]>;
  /** `application release track key value`, in words' numbers → series. */
  #ids = new Map<string, SeriesId>();
  /** `application key` → values seen; key 0 holds the releases. */
  #values = new Map<string, Set<number>>();
  /** Fast path: application → release → track → place. */
  #places = new Map<string, Map<string, (PlaceSeries | undefined)[]>>();
  #nextId = 1;
  /** Requests counted under `OTHER`, since the start. */
  overflows = 0;

  constructor(database: Database.Database, dictionary: WritingDictionary) {
    this.#dictionary = dictionary;
    this.#all = database.prepare("SELECT id, application, release, track, segment_key, segment_value FROM series");
    this.#insert = database.prepare(
      "INSERT INTO series (id, application, release, track, segment_key, segment_value) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.reload();
  }

  /** Forgets what is not in the database: after a failed transaction. */
  reload(): void {
    this.#ids = new Map();
    this.#values = new Map();
    this.#places = new Map();
    this.#nextId = 1;
    for (const row of this.#all.iterate()) {
      this.#ids.set(`${row.application} ${row.release} ${row.track} ${row.segment_key} ${row.segment_value}`, row.id);
      this.#valuesOf(row.application, row.segment_key).add(row.segment_key === 0 ? row.release : row.segment_value);
      this.#nextId = Math.max(this.#nextId, row.id + 1);
    }
  }

  /** The place's own series first, then one per segment of the request. */
  seriesOf(place: SeriesPlace, segments: readonly (readonly [key: string, value: string])[]): SeriesId[] {
    const found = this.#place(place);
    const ids = [found.whole];
    for (const [key, value] of segments) ids.push(this.#segment(found, key, value));
    return ids;
  }

  #place({ application, releaseId, track }: SeriesPlace): PlaceSeries {
    let releases = this.#places.get(application);
    if (releases === undefined) this.#places.set(application, (releases = new Map()));
    const number = TRACKS.indexOf(track);
    // No release id is empty, so the empty text can stand for none.
    const known = releases.get(releaseId ?? "")?.[number];
    if (known !== undefined) return known;
    const place = this.#newPlace(application, releaseId, number);
    // What overflows is not remembered under its own name: it would be the unbounded growth that the bound prevents.
    const isOther = place.release !== 0 && place.release === this.#dictionary.findId("release", OTHER);
    const name = isOther ? OTHER : (releaseId ?? "");
    const tracks = releases.get(name) ?? [];
    releases.set(name, tracks);
    return (tracks[number] ??= place);
  }

  #newPlace(application: string, releaseId: string | null, track: number): PlaceSeries {
    const app = this.#dictionary.idOf("application", application);
    if (app === undefined) throw new RangeError(`no room for application ${application}: there are too many already`);
    const release = releaseId === null ? 0 : this.#bounded(app, "release", 0, releaseId);
    return { application: app, release, track, whole: this.#id([app, release, track, 0, 0]), segments: new Map() };
  }

  #segment(place: PlaceSeries, key: string, value: string): SeriesId {
    let values = place.segments.get(key);
    if (values === undefined) place.segments.set(key, (values = new Map()));
    const known = values.get(value);
    if (known !== undefined) return known;
    const keyWord = this.#dictionary.idOf("segmentKey", key);
    if (keyWord === undefined) throw new RangeError(`no room for the segment key ${key}: there are too many already`);
    const valueWord = this.#bounded(place.application, "segmentValue", keyWord, value);
    const id = this.#id([place.application, place.release, place.track, keyWord, valueWord]);
    // As with releases: what overflows is not remembered.
    if (valueWord !== this.#dictionary.idOf("segmentValue", OTHER)) values.set(value, id);
    return id;
  }

  /** The word's number, or that of `OTHER` when the application has too many values. */
  #bounded(application: number, kind: "release" | "segmentValue", key: number, word: string): number {
    const values = this.#valuesOf(application, key);
    const limit = kind === "release" ? RELEASES_PER_APPLICATION : VALUES_PER_KEY;
    if (values.size >= limit) {
      const known = this.#dictionary.findId(kind, word);
      if (known !== undefined && values.has(known)) return known;
    } else {
      const id = this.#dictionary.idOf(kind, word);
      if (id !== undefined) {
        values.add(id);
        return id;
      }
    }
    this.overflows += 1;
    const other = this.#dictionary.idOf(kind, OTHER);
    if (other === undefined) throw new RangeError("the dictionary is full");
    return other;
  }

  #id(words: readonly [number, number, number, number, number]): SeriesId {
    const key = words.join(" ");
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#nextId++;
    this.#insert.run(id, ...words);
    this.#ids.set(key, id);
    return id;
  }

  #valuesOf(application: number, key: number): Set<number> {
    const name = `${application} ${key}`;
    let values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, (values = new Set()));
    return values;
  }
}

interface PlaceSeries {
  application: number;
  release: number;
  track: number;
  whole: SeriesId;
  segments: Map<string, Map<string, SeriesId>>;
}
