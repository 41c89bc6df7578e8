/** What the record says about limits, luck, surprise and detection. Where it says nothing, nothing is written: people do. */
import { higherIsWorse, parseMetric } from "@/server/domain/metric/metric";
import { shareWords } from "@/server/domain/words/count-words";
import { lengthWords } from "@/server/domain/words/time-words";
import { sampleWords } from "./citation";
import type { BreachFact, Cited, ClockFact, ClockName, PostmortemFacts } from "./facts";
import { bullet, utcWords } from "./lines";

type Statement = Cited & { readonly text: string };

const bullets = (statements: readonly Statement[]): string => statements.map(bullet).join("\n");

function clock({ clocks }: PostmortemFacts, name: ClockName): (ClockFact & { readonly atMs: number }) | undefined {
  const found = clocks.find((one) => one.name === name);
  return found?.atMs == null ? undefined : { ...found, atMs: found.atMs };
}

/** What kept it from being worse. */
export function limitsSection(facts: PostmortemFacts): string {
  return bullets([...exposureLimit(facts), ...automaticLimit(facts), ...segmentLimit(facts), ...drainLimit(facts)]);
}

function exposureLimit({ exposure }: PostmortemFacts): Statement[] {
  if (exposure === null || exposure.track === "alias" || exposure.percentage >= 100) return [];
  const text =
    exposure.track === "shadow"
      ? "The release answered copies of requests only: no user saw its answers"
      : `The release answered ${exposure.percentage} % of subjects, not everybody`;
  return [{ text, cites: exposure.cites }];
}

function automaticLimit(facts: PostmortemFacts): Statement[] {
  const { move, decision } = facts;
  if (move === null || !move.automatic) return [];
  const detected = clock(facts, "detected");
  const took =
    detected === undefined || move.atMs <= detected.atMs
      ? "at the moment of detection"
      : `${lengthWords(move.atMs - detected.atMs)} after the detection`;
  const text = `The policy went back by itself, ${took}: nobody had to be woken to stop it`;
  return [{ text, cites: [...move.cites, ...(decision?.cites ?? [])] }];
}

/** A rule per segment found what the rule over all requests did not. */
function segmentLimit({ breaches, decision }: PostmortemFacts): Statement[] {
  return breaches.flatMap((breach) => {
    const whole = decision?.rules.find(({ metric, segment }) => metric === breach.metric && segment === undefined);
    if (breach.segment === undefined || whole === undefined || whole.verdict === "breach") return [];
    const text = `The rule per segment found ${breach.segment}; over all requests the same rule said ${whole.verdict.replaceAll("_", " ")}: ${whole.detail}`;
    return [{ text, cites: breach.cites }];
  });
}

function drainLimit(facts: PostmortemFacts): Statement[] {
  const drained = clock(facts, "drained");
  if (drained === undefined || facts.move === null) return [];
  const tookMs = drained.atMs - facts.move.atMs;
  const took = tookMs < 1000 ? "within a second of the alias' move" : `${lengthWords(tookMs)} after the alias moved`;
  const text = `Traffic had left the failed release ${took}, observed in telemetry`;
  return [{ text, cites: drained.cites }];
}

/** What was not designed and could have been otherwise. */
export function luckSection(facts: PostmortemFacts): string {
  return bullets([...quietHour(facts), ...smallSegment(facts), ...unharmed(facts)]);
}

function quietHour({ traffic }: PostmortemFacts): Statement[] {
  if (traffic === null || traffic.perSecond >= 0.8 * traffic.usualPerSecond) return [];
  const text =
    `It happened at ${traffic.perSecond.toFixed(1)} requests per second; the day before had ` +
    `${traffic.usualPerSecond.toFixed(1)} on average`;
  return [{ text, cites: traffic.cites }];
}

function smallSegment({ impact }: PostmortemFacts): Statement[] {
  const hurt = impact?.hurt ?? [];
  const share = hurt.reduce((sum, one) => sum + one.share, 0);
  if (hurt.length === 0 || share >= 0.5) return [];
  const names = hurt.map(({ segment }) => segment).join(", ");
  const text = `What was hit, ${names}, is ${shareWords(share)} of the release's requests`;
  return [{ text, cites: hurt.flatMap(({ cites }) => cites) }];
}

/** What harms people stayed as it was, where it was measured. */
function unharmed({ impact }: PostmortemFacts): Statement[] {
  const harms = new Set(["toxicity_rate", "policy_violation_rate"]);
  const fine = (impact?.rows ?? []).filter(({ metric, worse }) => harms.has(metric) && worse === false);
  return fine.map(({ metric, label, candidate, cites }) => ({
    text: `The ${label} was not affected: ${sampleWords(metric, candidate)}`,
    cites,
  }));
}

/** What looked well before and beside it. */
export function surpriseSection(facts: PostmortemFacts): string {
  return bullets([...passedGates(facts), ...sameComponents(facts), ...goodControl(facts), ...knownBreak(facts)]);
}

function passedGates({ gates }: PostmortemFacts): Statement[] {
  const passed = gates.filter((gate) => gate.passed === true);
  if (passed.length === 0) return [];
  const text = `The golden set let it in: ${passed.map(({ words }) => words).join("; ")}`;
  return [{ text, cites: passed.flatMap(({ cites }) => cites) }];
}

function sameComponents({ changes }: PostmortemFacts): Statement[] {
  if (changes === null || changes.items.length === 0 || changes.unchanged === 0) return [];
  const text = `${changes.unchanged} of ${changes.unchanged + changes.items.length} components had not changed`;
  return [{ text, cites: changes.cites }];
}

function goodControl({ breaches }: PostmortemFacts): Statement[] {
  return breaches.filter(isControlFine).map(({ metric, segment, control, cites }) => ({
    text: `The last release went on answering well in ${segment ?? "all requests"}: ${metric} ${sampleWords(metric, control)}`,
    cites,
  }));
}

/** The control's interval lies on the better side of the candidate's value. */
function isControlFine({ metric, candidate, control }: BreachFact): boolean {
  const parsed = parseMetric(metric);
  if (parsed === undefined || candidate.value === null || control.lower === null || control.upper === null)
    return false;
  return higherIsWorse(parsed) ? control.upper < candidate.value : control.lower > candidate.value;
}

function knownBreak(facts: PostmortemFacts): Statement[] {
  const started = clock(facts, "started");
  return facts.parity.flatMap(({ view, knownMs, cites }) => {
    if (knownMs === null || started === undefined || knownMs >= started.atMs) return [];
    const text = `The parity break of ${view} was known ${lengthWords(started.atMs - knownMs)} before it hurt anybody`;
    return [{ text, cites }];
  });
}

/** Between the start and the moment somebody or something knew. */
export function detectionSection(facts: PostmortemFacts): string {
  const started = clock(facts, "started");
  const detected = clock(facts, "detected");
  const gap: Statement[] =
    started === undefined || detected === undefined
      ? []
      : [
          {
            text: `${lengthWords(detected.atMs - started.atMs)} passed from the start at ${utcWords(started.atMs)} to the detection at ${utcWords(detected.atMs)}`,
            cites: [...started.cites, ...detected.cites],
          },
        ];
  const by: Statement[] =
    facts.decision === null
      ? []
      : [
          {
            text: `Detected by policy ${facts.decision.policy}: ${facts.decision.sentence}`,
            cites: facts.decision.cites,
          },
        ];
  return bullets([...gap, ...by, ...earliestSign(facts)]);
}

/** What could have been seen first. */
function earliestSign({ parity, overrides }: PostmortemFacts): Statement[] {
  const signs = [
    ...parity.flatMap(({ view, knownMs, cites }) =>
      knownMs === null ? [] : [{ atMs: knownMs, what: `the parity break of feature view ${view}`, cites }],
    ),
    ...overrides.map(({ atMs, paused, cites }) => ({ atMs, what: `the pause (${paused})`, cites })),
  ].toSorted((a, b) => a.atMs - b.atMs);
  const [first] = signs;
  if (first === undefined) return [];
  return [{ text: `The earliest sign in the record is ${first.what}, at ${utcWords(first.atMs)}`, cites: first.cites }];
}
