/**
 * One seed for every property, so that two runs of one commit give one answer. `FAST_CHECK_SEED=$RANDOM npm run test:unit`
 * looks elsewhere; a failure prints the seed that repeats it.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env["FAST_CHECK_SEED"] ?? 20_261_124) });
