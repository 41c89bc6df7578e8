/**
 * Feature views out of a Feast registry (`feast registry-dump`, or the REST registry's answers): what serves, in three
 * hashes that tell what changed, and the computation as the transformation whose fingerprint both sides report.
 */
import { z } from "zod";
import type { CanonicalValue } from "@/server/domain/canonical-text";
import { canonicalText } from "@/server/domain/canonical-text";
import { invalidInput } from "@/server/domain/errors";
import { sha256Hex } from "@/server/domain/hash";
import { parseInput } from "@/server/domain/input";

const Feature = z.looseObject({ name: z.string(), valueType: z.string().default("INVALID") });
const Spec = z.looseObject({
  name: z.string(),
  features: z.array(Feature).default([]),
  ttl: z.string().optional(),
});
const View = z.object({ spec: Spec });
const Views = z.array(View).default([]);
const Dump = z.looseObject({ featureViews: Views, onDemandFeatureViews: Views, streamFeatureViews: Views });

/** A feature view as `PUT …/feature-views/{view}` takes it. */
export interface FeastView {
  view: string;
  schema: Record<string, string>;
  /** `86400s`; null where Feast keeps values for ever. */
  ttl: string | null;
  sources: string[];
  transformation: Record<string, CanonicalValue>;
  definition: { schema: string; compute: string; policy: string };
}

/** What changes nothing that is served: words about a view, times, and bytecode that differs for equal source. */
const NOT_SERVING = new Set([
  "body",
  "createdTimestamp",
  "dataSourceClassType",
  "description",
  "lastUpdatedTimestamp",
  "meta",
  "owner",
  "tags",
]);

/** What the computation is made of; `userDefinedFunction` repeats the transformation in an older form. */
const COMPUTE = [
  "featureTransformation",
  "mode",
  "batchSource",
  "streamSource",
  "sources",
  "sourceViews",
  "aggregations",
];
const SCHEMA = ["features", "entities", "entityColumns"];
const POLICY = ["ttl", "online", "offline", "enableValidation", "disabled"];

/** @throws DomainError `invalid_input` for what is no registry of Feast's, or holds no view. */
export function feastViews(dump: unknown): FeastView[] {
  const registry = parseInput(Dump, dump, "the Feast registry");
  const all = [...registry.featureViews, ...registry.onDemandFeatureViews, ...registry.streamFeatureViews];
  if (all.length === 0) throw invalidInput("the Feast registry holds no feature view");
  return all.map(({ spec }) => viewOf(spec)).toSorted((a, b) => (a.view < b.view ? -1 : 1));
}

function viewOf(spec: z.output<typeof Spec>): FeastView {
  const transformation = pick(spec, COMPUTE);
  const hash = (value: CanonicalValue): string => sha256Hex(canonicalText(value));
  return {
    view: spec.name,
    schema: Object.fromEntries(spec.features.map(({ name, valueType }) => [name, valueType])),
    ttl: ttlOf(spec.ttl),
    sources: sourcesOf(spec),
    transformation,
    definition: { schema: hash(pick(spec, SCHEMA)), compute: hash(transformation), policy: hash(pick(spec, POLICY)) },
  };
}

/** Feast writes zero for "for ever". */
function ttlOf(ttl: string | undefined): string | null {
  return ttl === undefined || Number.parseFloat(ttl) === 0 ? null : ttl;
}

function pick(spec: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, CanonicalValue> {
  return Object.fromEntries(
    keys.flatMap((key) => (spec[key] === undefined ? [] : [[key, serving(spec[key])] as const])),
  );
}

/** The value without what does not serve, at every depth; order of lists is Feast's own, which sorts by name. */
function serving(value: unknown): CanonicalValue {
  if (Array.isArray(value)) return value.map(serving);
  if (typeof value !== "object" || value === null) {
    // The registry is parsed JSON.
    return value as CanonicalValue;
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (NOT_SERVING.has(key) ? [] : [[key, serving(member)] as const])),
  );
}

const Named = z.looseObject({ name: z.string().optional() }).optional();
const SourceNames = z.looseObject({
  batchSource: Named,
  streamSource: Named,
  sources: z.record(z.string(), z.unknown()).default({}),
});

function sourcesOf(spec: unknown): string[] {
  const { batchSource, streamSource, sources } = SourceNames.parse(spec);
  const names = [batchSource?.name, streamSource?.name, ...Object.keys(sources)];
  return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}
