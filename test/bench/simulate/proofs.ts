/** How many requests it takes to prove that a limit is kept, and how often that proof is false at the limit itself. */
import { BETA_PROOF, GRID_SIZE, PI_G } from "@/server/domain/evidence/constants";
import { proofLogValue, startProof, updateProof } from "@/server/domain/evidence/proof";
import { rateEll } from "@/server/domain/evidence/rate-kernel";
import { median, percent } from "./bar";
import { LIMITS } from "./false-alarms";
import { randomStream } from "./random";

const PROVEN = Math.log(1 / BETA_PROOF);

/** Requests until the proof, in steps of twenty; Infinity for none within `most`. */
function requestsToProof(
  limit: number,
  p: number,
  { seed, run, most }: { seed: number; run: number; most: number },
): number {
  const random = randomStream(seed, run);
  let proof = startProof(GRID_SIZE);
  for (let n = 20; n <= most; n += 20) {
    let s = 0;
    for (let i = 0; i < 20; i++) if (random() < p) s += 1;
    proof = updateProof(proof, rateEll({ s, n: 20, p0: limit, direction: -1 }), 1);
    if (proofLogValue(proof, PI_G) >= PROVEN) return n;
  }
  return Infinity;
}

export function proofTable(runs: number): string {
  const rows = LIMITS.map((limit, i) => {
    const at = (part: number) =>
      Array.from({ length: runs }, (_, run) =>
        requestsToProof(limit, limit * part, { seed: 950 + i, run, most: 500 / limit }),
      );
    const medians = [0.25, 0.5, 0.75].map((part) => median(at(part)));
    const falseShare = at(1).filter((n) => Number.isFinite(n)).length / runs;
    return `| ${limit} | ${medians.join(" | ")} | ${percent(falseShare)} |`;
  });
  return ["| limit | true = ¼ limit | ½ | ¾ | false proof at the limit |", "|---|---|---|---|---|", ...rows].join("\n");
}
