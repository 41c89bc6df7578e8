/** The impact section of a draft: whom the release answered while it was bad, and what it cost against the control. */
import { countWords } from "@/server/domain/words/count-words";
import { shareWords } from "@/server/domain/words/count-words";
import { sampleWords } from "./citation";
import type { ImpactFacts, PostmortemFacts, SegmentFact } from "./facts";
import { differenceWords, extraWords } from "./impact-words";
import { bullet, citedTable, utcWords } from "./lines";

/** Empty when the incident is about no release: then nothing was measured. */
export function impactSection({ impact, releaseId, examples }: PostmortemFacts): string {
  if (impact === null || releaseId === null) return "";
  const blocks = [
    bullet({ text: servedWords(releaseId, impact), cites: impact.cites }),
    ...tableOf(impact),
    [...impact.hurt.map(segmentLine), ...alikeLine(impact), ...sparedLine(impact)].join("\n"),
    examples.map(({ words, cites }) => bullet({ text: words, cites })).join("\n"),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

function servedWords(releaseId: string, { requests, subjects, errors, fromMs, toMs }: ImpactFacts): string {
  const of = subjects === null ? "an unknown number of subjects" : countWords(subjects, "distinct subject");
  return (
    `From ${utcWords(fromMs)} to ${utcWords(toMs)} release ${releaseId} answered ` +
    `${countWords(requests, "request")} of ${of}; ${countWords(errors, "request")} failed`
  );
}

function tableOf({ rows }: ImpactFacts): string[] {
  if (rows.length === 0) return [];
  return [
    citedTable(
      ["Metric", "Release", "Control at the same time", "Difference (95 %)", "Beyond the control's rate (95 %)"],
      rows.map((row) => ({
        cells: [
          row.label,
          sampleWords(row.metric, row.candidate),
          sampleWords(row.metric, row.control),
          differenceWords(row),
          extraWords(row),
        ],
        cites: row.cites,
      })),
    ),
  ];
}

function segmentLine({ segment, requests, share, worst, cites }: SegmentFact): string {
  const served = `${segment}: ${countWords(requests, "request")}, ${shareWords(share)} of the release's`;
  const hurt =
    worst === null
      ? ""
      : `; ${worst.label} ${sampleWords(worst.metric, worst.candidate)} against ${sampleWords(worst.metric, worst.control)} of the control`;
  return bullet({ text: `Clearly worse in ${served}${hurt}`, cites });
}

/** With nothing that stands out, every segment that was hurt is. */
function alikeLine({ alike, hurt }: ImpactFacts): string[] {
  if (alike.length === 0) return [];
  const names = alike.map(({ segment }) => segment).join(", ");
  const text =
    hurt.length === 0
      ? `Clearly worse than the control in ${names}, in none more than elsewhere`
      : `Worse than the control, but no more than elsewhere, in ${names}: what was hit is spread over them`;
  return [bullet({ text, cites: alike.flatMap(({ cites }) => cites) })];
}

function sparedLine({ spared }: ImpactFacts): string[] {
  if (spared.length === 0) return [];
  const names = spared.map(({ segment, requests }) => `${segment} (${countWords(requests, "request")})`).join(", ");
  return [
    bullet({ text: `Not clearly worse than the control in ${names}`, cites: spared.flatMap(({ cites }) => cites) }),
  ];
}
