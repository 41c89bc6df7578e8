/**
 * The full simulation behind the figures in docs/decisions.md, by hand: it takes about half an hour on one core.
 * `npx esbuild test/bench/simulate/main.ts --bundle --platform=node --format=esm --alias:@=. --outfile=dist/simulate.mjs && node dist/simulate.mjs`
 * An argument scales the number of runs: `node dist/simulate.mjs 0.1`.
 */
import { barTable } from "./bar";
import { barClusters } from "./clusters";
import { barRequests, barsDelay, delayCells, delayTable } from "./delays";
import { barAtLimit, barBelowLimit, barFamily, barSameRelease, plainRuleAtLimit } from "./false-alarms";
import { barIntervals } from "./intervals";
import { proofTable } from "./proofs";
import { barTwoAxis } from "./two-axis";
import { barValues } from "./values";

const scale = Number(process.argv[2] ?? "1");
const times = (runs: number) => Math.max(20, Math.round(runs * scale));

/** Says on the error stream how long a part took, so that the table on standard output stays clean. */
function timed<T>(name: string, part: () => T): T {
  const startedMs = performance.now();
  const result = part();
  console.error(`${name}: ${Math.round((performance.now() - startedMs) / 1_000)} s`);
  return result;
}

const bars = [
  timed("B2", () => barAtLimit({ runs: times(5_000), bound: 0.011 })),
  timed("B3a", () => barBelowLimit({ runs: times(1_500), bound: 0.002 })),
  timed("B3b", () => barFamily({ runs: times(1_500), bounds: [0.01, 0.02] })),
  timed("B4", () => barSameRelease({ runs: times(1_200), bound: 0.01 })),
];
const values = timed("B4b", () => barValues({ runs: times(200), searches: times(60), bound: 0.01 }));
const clusters = timed("B5", () => barClusters({ runs: times(400), bound: 0.015 }));
const twoAxis = timed("B6", () => barTwoAxis({ runs: times(500), falseBound: 0.01, detectBound: 0.99 }));
const cells = timed("B7–B9", () => delayCells({ nullRuns: times(600), runs: times(100) }));
const intervals = timed("B10", () => barIntervals({ runs: times(1_000) }));

console.log(barTable([...bars, values, clusters.bar, twoAxis, ...barsDelay(cells), barRequests(cells), intervals]));
console.log(`\nThree in a row, exactly at the limit: ${timed("plain", () => plainRuleAtLimit(times(200), 1))}`);
console.log(`Three in a row, at half the limit: ${timed("plain, half", () => plainRuleAtLimit(times(200), 0.5))}`);
console.log(`\nConversations\n\n${clusters.table}`);
console.log(`\nRequests to prove that a limit is kept\n\n${proofTable(times(1_000))}`);
console.log(`\nMedian delays against a limit\n\n${delayTable(cells, "limit")}`);
console.log(`\nMedian delays against a control\n\n${delayTable(cells, "control")}`);
