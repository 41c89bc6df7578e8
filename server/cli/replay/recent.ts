/**
 * What was met recently, by id: in two generations of which the older is forgotten whole. Bounded, and never slow: a map
 * that forgets one entry with each new one is rebuilt again and again.
 */
export class Recent<Value> {
  readonly #least: number;
  #newer = new Map<string, Value>();
  #older = new Map<string, Value>();

  /** @param least entries that are remembered at least; twice as many at most. */
  constructor(least: number) {
    this.#least = least;
  }

  get(id: string): Value | undefined {
    return this.#newer.get(id) ?? this.#older.get(id);
  }

  set(id: string, value: Value): void {
    if (this.#newer.size >= this.#least) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(id, value);
  }
}
