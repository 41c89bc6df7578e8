/** The best value found so far for each field of one span, and which key it came from. */
import type { Attributes, AttributeValue } from "@/server/telemetry/otlp/span";
import { FIELDS, type Field } from "./field-keys";
import type { Feed, KeyPlan, OwnPlans } from "./key-plan";
import { metadataFeeds, placeOfRank, planOf } from "./key-plan";
import { readMetadata } from "./python-literal";

const NO_RANK = 1_000;
/** A plain object: with the constant names of its callers this is as good as an array. */
const INDEX = Object.fromEntries(FIELDS.map((field, index) => [field, index])) as Readonly<Record<Field, number>>;
/** Sources by the ranks that won; emitters repeat themselves. */
const sourceTexts = new Map<string, string>();
const MOST_SOURCE_TEXTS = 5_000;

/** One slot per field. */
export class FieldSlots {
  readonly #values: (AttributeValue | undefined)[] = FIELDS.map(() => undefined);
  readonly #ranks: number[] = FIELDS.map(() => NO_RANK);
  readonly #keys: string[] = FIELDS.map(() => "");
  readonly #scales: number[] = FIELDS.map(() => 1);

  /** Starts with what `base` holds: the resource's values, for each of its spans. */
  startFrom(base: FieldSlots): void {
    for (let i = 0; i < FIELDS.length; i++) {
      this.#values[i] = base.#values[i];
      this.#ranks[i] = base.#ranks[i] ?? NO_RANK;
      this.#keys[i] = base.#keys[i] ?? "";
      this.#scales[i] = base.#scales[i] ?? 1;
    }
  }

  /** Reads all attributes; `visit` sees each with its plan. `own` are the application's own keys. */
  read(
    { keys, values }: Attributes,
    place: "span" | "resource",
    { own, visit }: { own?: OwnPlans | undefined; visit?: (plan: KeyPlan, value: AttributeValue) => void } = {},
  ) {
    for (let i = 0; i < keys.length; i++) {
      const value = values[i] ?? null;
      const plan = planOf(keys[i] ?? "", place, own);
      for (const feed of plan.feeds) this.#offer(feed, plan.key, value);
      if (plan.isBlob) this.#readBlob(plan.key, value, own);
      if (plan.quantities !== undefined && typeof value === "string")
        this.#readQuantities(plan.key, plan.quantities, value);
      visit?.(plan, value);
    }
  }

  has(field: Field): boolean {
    return this.#values[at(field)] !== undefined;
  }

  value(field: Field): AttributeValue | undefined {
    return this.#values[at(field)];
  }

  /** The key that fed the field, or the empty text. */
  key(field: Field): string {
    return this.#keys[at(field)] ?? "";
  }

  /** Where the field's value was found; undefined without one. */
  place(field: Field): ReturnType<typeof placeOfRank> | undefined {
    return this.has(field) ? placeOfRank(this.#ranks[at(field)] ?? NO_RANK) : undefined;
  }

  /** As text; numbers and truths are written out. Undefined when there is none, or it is a list or map. */
  text(field: Field): string | undefined {
    const value = this.#values[at(field)];
    if (typeof value === "string") return value;
    return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
  }

  /** As a finite number, also out of text, in our field's unit. */
  number(field: Field): number | undefined {
    const index = at(field);
    const value = this.#values[index];
    if (typeof value !== "number" && typeof value !== "string") return undefined;
    const number = typeof value === "number" ? value : value.trim() === "" ? Number.NaN : Number(value);
    return Number.isFinite(number) ? number * (this.#scales[index] ?? 1) : undefined;
  }

  /** As truth: `true`, `"True"`, 1. */
  truth(field: Field): boolean | undefined {
    const text = this.text(field)?.toLowerCase();
    if (text === "true" || text === "1" || text === "yes") return true;
    return text === "false" || text === "0" || text === "no" ? false : undefined;
  }

  /** JSON of field → key. */
  sources(): string {
    let signature = "";
    for (let i = 0; i < FIELDS.length; i++) {
      const rank = this.#ranks[i] ?? NO_RANK;
      // An application's own keys have the same ranks as another's.
      if (rank < 0) return this.#sourceText();
      if (rank < NO_RANK) signature += String.fromCharCode(i * NO_RANK + rank);
    }
    const known = sourceTexts.get(signature);
    if (known !== undefined) return known;
    const text = this.#sourceText();
    if (sourceTexts.size < MOST_SOURCE_TEXTS) sourceTexts.set(signature, text);
    return text;
  }

  #sourceText(): string {
    const entries = FIELDS.filter((field) => this.has(field)).map((field) => [field, this.key(field)]);
    return JSON.stringify(Object.fromEntries(entries));
  }

  #offer({ field, rank, scale }: Feed, key: string, value: AttributeValue): void {
    if (value === null || value === "" || rank >= (this.#ranks[field] ?? NO_RANK)) return;
    this.#values[field] = value;
    this.#ranks[field] = rank;
    this.#keys[field] = key;
    this.#scales[field] = scale;
  }

  #readQuantities(key: string, feeds: ReadonlyMap<string, Feed>, text: string): void {
    for (const [name, member] of readMetadata(text) ?? []) {
      const feed = feeds.get(name);
      if (feed !== undefined) this.#offer(feed, `${key}.${name}`, member);
    }
  }

  /** Metadata inside one text or map. */
  #readBlob(key: string, value: AttributeValue, own: OwnPlans | undefined): void {
    const members = typeof value === "string" ? readMetadata(value) : mapOf(value);
    for (const [name, member] of members ?? []) {
      const full = `${key}.${name}`;
      for (const feed of own?.span.get(full)?.feeds ?? []) this.#offer(feed, full, member);
      for (const feed of metadataFeeds(name, 0)) this.#offer(feed, full, member);
    }
  }
}

function at(field: Field): number {
  return INDEX[field];
}

function mapOf(value: AttributeValue): [string, AttributeValue][] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
