/** All series a reader knows, read once: series are only ever added, so each snapshot asks for those added since the last. */
import type Database from "better-sqlite3";

export interface SeriesRow {
  id: number;
  application: number;
  release: number;
  track: number;
  segment_key: number;
  segment_value: number;
}

export class SeriesCatalog {
  readonly #since: Database.Statement<[number], SeriesRow>;
  readonly #byApplication = new Map<number, SeriesRow[]>();
  #newestId = 0;

  constructor(database: Database.Database) {
    this.#since = database.prepare(
      "SELECT id, application, release, track, segment_key, segment_value FROM series WHERE id > ? ORDER BY id",
    );
  }

  /** Takes in what was added; what is read next sees it. */
  refresh(): void {
    for (const row of this.#since.iterate(this.#newestId)) {
      const known = this.#byApplication.get(row.application);
      if (known === undefined) this.#byApplication.set(row.application, [row]);
      else known.push(row);
      this.#newestId = row.id;
    }
  }

  /** The series of an application, by its number in the dictionary. */
  of(application: number): readonly SeriesRow[] {
    return this.#byApplication.get(application) ?? [];
  }
}
