/** The fixed numbers of the evidence engine. They are part of what a stored decision means: changing one is a new STAT_VERSION. */

/** Version of the statistical rules, stored with every decision. */
export const STAT_VERSION = "wsr-1";

/** Number of effect sizes that every test mixes over. */
export const GRID_SIZE = 12;

/** Prior weight that the regression is already there at the first update. */
export const START_WEIGHT = 0.5;

/** Prior weight of "the regression starts now", spread evenly over one horizon. */
export const SPREAD_WEIGHT = 0.5;

/** One horizon: the false-alarm budgets are stated per 24 h. */
export const HORIZON_SEC = 86_400;

/** False-alarm budget per horizon of all rollback rules of a rollout together. */
export const ALPHA_ROLLBACK = 0.01;

/** False-alarm budget per horizon of all rules that only pause or notify together. */
export const ALPHA_PAUSE = 0.05;

/** Chance of a false proof that a rule is within its limit. */
export const BETA_PROOF = 0.05;

/** False-alarm budget of the check that traffic is split as configured. */
export const ALPHA_SPLIT = 0.001;

/** A rule whose evidence between two halves of the control reaches this is not comparable between arms. */
export const AA_ALARM_M = 20;

/** Evidence from which a rule is shown as `watch` and holds a promotion. */
export const WATCH_M = 10;

/** An accumulated evidence weight never exceeds this, so that every stored number stays finite. */
export const MAX_WEIGHT = 1e280;

/** A single tick's log-likelihood ratio never counts for more than this. */
export const MAX_ELL = 600;

/** Time constant of what a comparison remembers of the control. */
export const CONTROL_MEMORY_SEC = 1_800;

/** Growth of the bins of the telemetry's sketches: 1 % relative accuracy. */
export const SKETCH_GAMMA = 1.01 / 0.99;

/** Control observations needed before their mean or quantile is used as a reference. */
export const MIN_CONTROL_OBSERVATIONS = 20;

/** Design effect assumed until enough clusters were seen. */
export const ASSUMED_DISPERSION = 2;

/** Clusters (subjects) needed for an estimated design effect. */
export const MIN_CLUSTERS = 200;

/** `base·step^k`, built by repeated multiplication so that every engine gets the same bits. */
function grid(base: number, step: number): readonly number[] {
  const values: number[] = [];
  let value = base;
  for (let k = 0; k < GRID_SIZE; k++) {
    values.push(value);
    value *= step;
  }
  return values;
}

/** Weights ∝ exp(−½(ln(x/centre)/width)²) + 0.02, summing to 1. */
function weights(values: readonly number[], centre: number, width: number): readonly number[] {
  const raw = values.map((x) => Math.exp(-0.5 * (Math.log(x / centre) / width) ** 2) + 0.02);
  const total = raw.reduce((sum, x) => sum + x, 0);
  return raw.map((x) => x / total);
}

/** Natural logs of the rate ratios that rate tests mix over (1.083 … 1012). */
export const G = grid(0.08, 1.5);
export const PI_G = weights(G, 0.7, 1.0);

/** Bet sizes that mean tests mix over (0.012 … 0.83). */
export const LAMBDA = grid(0.012, 1.47);
export const PI_LAMBDA = weights(LAMBDA, 0.15, 1.2);

/** Relative changes of a mean that comparisons mix over (4 % … 496 %). */
export const EFFECT = grid(0.04, 1.55);
export const PI_EFFECT = weights(EFFECT, 0.4, 1.0);

/** Tilts of the paired shift test, equally weighted. */
export const SYM = grid(0.4, 1.45);
export const PI_SYM: readonly number[] = SYM.map(() => 1 / GRID_SIZE);
