/** What a request does not tell, what follows from that, and how to tell it. */
import type { NewRequest } from "@/server/store/sqlite/new-request";
import type { Field } from "@/server/telemetry/mapper/field-keys";
import type { FieldSlots } from "@/server/telemetry/mapper/field-slots";
import type { RecordFacts } from "@/server/telemetry/record-facts";
import type { DoctorGap } from "./doctor-report";
import { FIELD_WORDS, keysLookedFor } from "./field-words";

interface GapInput {
  request: NewRequest;
  slots: FieldSlots;
  facts: RecordFacts;
}

type Words = Pick<DoctorGap, "consequence" | "remedy">;

/** The gaps of a request made from a span, the ones that decisions hang on first. */
export function explainGaps(input: GapInput): DoctorGap[] {
  const own = input.facts.telemetryKeys(input.request.application);
  const gaps = FIELDS_WANTED.flatMap(([field, words]): DoctorGap[] => {
    const found = words(input);
    if (found === undefined) return [];
    return [{ field, label: FIELD_WORDS[field].label, lookedFor: keysLookedFor(field, own), ...found }];
  });
  return [...gaps, ...segmentGaps(input)];
}

/** Per field what is said when it is missing; undefined when it is not, or nothing hangs on it. */
const FIELDS_WANTED: readonly (readonly [Field, (input: GapInput) => Words | undefined])[] = [
  ["releaseId", ({ request }) => releaseGap(request)],
  ["ttftMs", ttftGap],
  ["subject", ({ request }) => (request.subject === null ? SUBJECT : undefined)],
  ["inputTokens", ({ request }) => (request.inputTokens === null ? TOKENS : undefined)],
  ["outputTokens", ({ request, slots }) => (request.outputTokens === null && !isEmbedding(slots) ? TOKENS : undefined)],
  ["costUsd", ({ request }) => (request.costNanoUsd === null ? COST : undefined)],
  ["responseId", ({ request }) => (request.responseId === null ? RESPONSE : undefined)],
];

const RELEASE_REMEDY =
  "set it once for the process, OTEL_RESOURCE_ATTRIBUTES=switchback.release.id=<release>, or per span where one process serves several releases";

function releaseGap({ releaseId, releaseSource }: NewRequest): Words | undefined {
  switch (releaseSource) {
    case "explicit":
      return undefined;
    case "version":
      return {
        consequence: `release ${releaseId ?? ""} was found by its version, label, commit, or prompt and model: right as long as those name one release`,
        remedy: RELEASE_REMEDY,
      };
    case "alias":
      return {
        consequence: `it counts for ${releaseId ?? ""}, which the alias served at its time; while two releases serve, that may be the wrong one`,
        remedy: RELEASE_REMEDY,
      };
    case "unknown":
      return {
        consequence:
          "no release could be found for it: no rule of any rollout sees it, and too many such requests hold a promotion back",
        remedy: RELEASE_REMEDY,
      };
  }
}

function ttftGap({ request, slots }: GapInput): Words | undefined {
  if (request.ttftUs !== null || request.status === "error" || isEmbedding(slots)) return undefined;
  // One that was sent and cannot be is a problem of its own.
  if (request.flags.some((flag) => flag.startsWith("ttft_"))) return undefined;
  if (slots.truth("streaming") === false) {
    return {
      consequence: "it was not streamed, so there is no first token: rules on ttft_ms do not count it",
      remedy: "nothing to do, unless the answer was streamed: then gen_ai.request.stream says otherwise",
    };
  }
  return {
    consequence: "rules on ttft_ms and server_ttft_ms do not count it",
    remedy: "send gen_ai.response.time_to_first_chunk in seconds, or switchback.ttft_ms",
  };
}

const SUBJECT: Words = {
  consequence:
    "users cannot be told apart: one busy user weighs like many, and whether a user stays on one release cannot be checked",
  remedy: "send user.id, or any stable id of who it was for; it is kept as a hash",
};
const TOKENS: Words = {
  consequence: "it has no total_tokens: rules on tokens do not count it",
  remedy: "send gen_ai.usage.input_tokens and gen_ai.usage.output_tokens",
};
const COST: Words = {
  consequence: "rules on cost_usd do not count it",
  remedy: "send switchback.cost_usd in US dollars",
};
const RESPONSE: Words = {
  consequence:
    "a judge that knows the provider’s response only cannot find it: scores must name the request or the span",
  remedy: "send gen_ai.response.id",
};

/** Only those that the application asks for. */
function segmentGaps({ request, facts }: GapInput): DoctorGap[] {
  const values: Readonly<Record<string, string | null>> = {
    ...request.segments,
    region: request.region,
    tenant: request.tenant,
  };
  return facts
    .segmentKeys(request.application)
    .filter((key) => (values[key] ?? null) === null)
    .map((key) => {
      const isField = key === "region" || key === "tenant";
      const own = facts.telemetryKeys(request.application);
      return {
        field: key,
        label: `segment ${key}`,
        lookedFor: isField ? keysLookedFor(key, own) : [`switchback.segment.${key}`, key],
        consequence: `no rule per ${key} counts it, and what goes wrong in one ${key} alone is harder to see`,
        remedy: `send ${isField ? "switchback." : "switchback.segment."}${key}`,
      };
    });
}

function isEmbedding(slots: FieldSlots): boolean {
  return /^embeddings?$/i.test(slots.text("operation") ?? "");
}
