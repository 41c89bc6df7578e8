/**
 * The full simulation behind the figures in docs/decisions.md: `npm run bench simulate` takes about an hour on one core.
 * Arguments: a factor for the number of runs, and the parts to run: `npm run bench simulate 0.1 B2,B5`.
 */
import type { Bar } from "./bar";
import { barTable } from "./bar";
import { barBursts, barOutage } from "./bursts";
import { barClusters } from "./clusters";
import { barRequests, barsDelay, delayCells, delayTable } from "./delays";
import { barAtLimit, barBelowLimit, barFamily, barSameRelease, peersAtLimit, plainRuleAtLimit } from "./false-alarms";
import { barIntervals } from "./intervals";
import { proofTable } from "./proofs";
import { barTwoAxis } from "./two-axis";
import { barValues } from "./values";

/** What a part has to say: bars, and tables for the record. */
interface Result {
  readonly bars: readonly Bar[];
  readonly tables?: readonly string[];
}

/** How often a part runs, of so many runs in full. */
type Times = (runs: number) => number;

const PARTS: Readonly<Record<string, (times: Times) => Result>> = {
  B2: (times) => ({ bars: [barAtLimit({ runs: times(5_000), bound: 0.011 })] }),
  B3: (times) => ({
    bars: [
      barBelowLimit({ runs: times(1_500), bound: 0.002 }),
      barFamily({ runs: times(1_500), bounds: [0.01, 0.02] }),
    ],
  }),
  B4: (times) => ({ bars: [barSameRelease({ runs: times(1_200), bound: 0.01 })] }),
  bursts: (times) => ({
    bars: [barBursts({ runs: times(1_000), bound: 0.01 }), barOutage({ runs: times(1_000), bound: 0.01 })],
  }),
  values: (times) => ({ bars: [barValues({ runs: times(1_000), searches: times(60), bound: 0.01 })] }),
  B5: (times) => {
    const { bar, table } = barClusters({ runs: times(400), bound: 0.015 });
    return { bars: [bar], tables: [`Conversations\n\n${table}`] };
  },
  B6: (times) => ({ bars: [barTwoAxis({ runs: times(500), falseBound: 0.01, detectBound: 0.99 })] }),
  delays: (times) => {
    const cells = delayCells({ nullRuns: times(600), runs: times(100) });
    return {
      bars: [...barsDelay(cells), barRequests(cells)],
      tables: [
        `Median delays against a limit\n\n${delayTable(cells, "limit")}`,
        `Median delays against a control\n\n${delayTable(cells, "control")}`,
      ],
    };
  },
  B10: (times) => ({ bars: [barIntervals({ runs: times(1_000) })] }),
  plain: (times) => ({
    bars: [],
    tables: [
      ...[1, 0.5].map((part) => `Three in a row at ${part} × the limit: ${plainRuleAtLimit(times(200), part)}`),
      `A healthy release rolled back in 24 h, nine configurations\n\n${peersAtLimit(times(200))}`,
    ],
  }),
  proofs: (times) => ({
    bars: [],
    tables: [`Requests to prove that a limit is kept\n\n${proofTable(times(1_000))}`],
  }),
};

/** Runs the parts named by the second argument (all without it), with the runs of the first times as many as in full. */
export function simulate([factor = "1", parts]: readonly string[]): void {
  const chosen = parts?.split(",");
  const unknown = chosen?.find((name) => PARTS[name] === undefined);
  if (unknown !== undefined) throw new Error(`no part ${unknown}: there are ${Object.keys(PARTS).join(", ")}`);
  const times: Times = (runs) => Math.max(20, Math.round(runs * Number(factor)));
  const results = Object.entries(PARTS)
    .filter(([name]) => chosen?.includes(name) ?? true)
    .map(([name, part]) => {
      const startedMs = performance.now();
      const result = part(times);
      // On the error stream, so that standard output is the report alone.
      console.error(`${name}: ${Math.round((performance.now() - startedMs) / 1_000)} s`);
      return result;
    });
  console.log(barTable(results.flatMap(({ bars }) => bars)));
  for (const table of results.flatMap(({ tables = [] }) => tables)) console.log(`\n${table}`);
}
