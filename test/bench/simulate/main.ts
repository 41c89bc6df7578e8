/**
 * The full simulation behind the figures in docs/decisions.md, by hand: it takes about half an hour on one core.
 * `npx esbuild test/bench/simulate/main.ts --bundle --platform=node --format=esm --alias:@=. --outfile=dist/simulate.mjs && node dist/simulate.mjs`
 * Arguments: a factor for the number of runs, and the parts to run: `node dist/simulate.mjs 0.1 B2,B5`.
 */
import type { Bar } from "./bar";
import { barTable } from "./bar";
import { barClusters } from "./clusters";
import { barRequests, barsDelay, delayCells, delayTable } from "./delays";
import { barAtLimit, barBelowLimit, barFamily, barSameRelease, plainRuleAtLimit } from "./false-alarms";
import { barIntervals } from "./intervals";
import { proofTable } from "./proofs";
import { barTwoAxis } from "./two-axis";
import { barValues } from "./values";

const scale = Number(process.argv[2] ?? "1");
const chosen = process.argv[3]?.split(",");
const times = (runs: number) => Math.max(20, Math.round(runs * scale));

/** What a part has to say: bars, and tables for the record. */
interface Result {
  readonly bars: readonly Bar[];
  readonly tables?: readonly string[];
}

const PARTS: Readonly<Record<string, () => Result>> = {
  B2: () => ({ bars: [barAtLimit({ runs: times(5_000), bound: 0.011 })] }),
  B3: () => ({
    bars: [
      barBelowLimit({ runs: times(1_500), bound: 0.002 }),
      barFamily({ runs: times(1_500), bounds: [0.01, 0.02] }),
    ],
  }),
  B4: () => ({ bars: [barSameRelease({ runs: times(1_200), bound: 0.01 })] }),
  values: () => ({ bars: [barValues({ runs: times(200), searches: times(60), bound: 0.01 })] }),
  B5: () => {
    const { bar, table } = barClusters({ runs: times(400), bound: 0.015 });
    return { bars: [bar], tables: [`Conversations\n\n${table}`] };
  },
  B6: () => ({ bars: [barTwoAxis({ runs: times(500), falseBound: 0.01, detectBound: 0.99 })] }),
  delays: () => {
    const cells = delayCells({ nullRuns: times(600), runs: times(100) });
    return {
      bars: [...barsDelay(cells), barRequests(cells)],
      tables: [
        `Median delays against a limit\n\n${delayTable(cells, "limit")}`,
        `Median delays against a control\n\n${delayTable(cells, "control")}`,
      ],
    };
  },
  B10: () => ({ bars: [barIntervals({ runs: times(1_000) })] }),
  plain: () => ({
    bars: [],
    tables: [1, 0.5].map((part) => `Three in a row at ${part} × the limit: ${plainRuleAtLimit(times(200), part)}`),
  }),
  proofs: () => ({
    bars: [],
    tables: [`Requests to prove that a limit is kept\n\n${proofTable(times(1_000))}`],
  }),
};

const results = Object.entries(PARTS)
  .filter(([name]) => chosen?.includes(name) ?? true)
  .map(([name, part]) => {
    const startedMs = performance.now();
    const result = part();
    // On the error stream, so that standard output is the report alone.
    console.error(`${name}: ${Math.round((performance.now() - startedMs) / 1_000)} s`);
    return result;
  });

console.log(barTable(results.flatMap(({ bars }) => bars)));
for (const table of results.flatMap(({ tables = [] }) => tables)) console.log(`\n${table}`);
