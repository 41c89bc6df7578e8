/**
 * Draws a frozen chart as SVG text that needs nothing else: no script, no style sheet, no font. The release is a solid line
 * with dots, the control a dashed one, so that they differ without colour.
 */
import { formatMetricValue } from "@/server/domain/metric/format-metric";
import { parseMetric } from "@/server/domain/metric/metric";
import type { Sample } from "@/server/domain/policy/evaluation";
import { toRfc3339 } from "@/server/domain/time";
import type { FrozenChart } from "./chart";
import { escapeHtml } from "@/server/domain/markdown/escape-html";

const WIDTH = 760;
const HEIGHT = 276;
const LEFT = 84;
const RIGHT = 16;
const TOP = 46;
const BOTTOM = 40;

const INK = "#1f2430";
const RELEASE = "#a3341c";
const CONTROL = "#2b5fa8";
const LIMIT = "#6b3fa0";

interface Scale {
  readonly x: (ms: number) => number;
  readonly y: (value: number) => number;
  /** Values that the axis names, ascending. */
  readonly ticks: readonly number[];
}

/** `id` makes the title's reference unique within a document. */
export function chartSvg(chart: FrozenChart, id: string): string {
  const scale = scaleOf(chart);
  const parts = [
    `<title id="${id}-t">${escapeHtml(chart.title)}</title>`,
    `<desc id="${id}-d">${escapeHtml(describe(chart))}</desc>`,
    shade(chart, scale),
    grid(chart, scale),
    limitLine(chart, scale),
    marksOf(chart, scale),
    band(chart, scale),
    line(chart, { scale, side: "control" }),
    line(chart, { scale, side: "candidate" }),
    legend(chart),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" ` +
    `aria-labelledby="${id}-t ${id}-d" font-family="system-ui, sans-serif" font-size="11" fill="${INK}">` +
    `${parts.join("")}</svg>`
  );
}

/** The chart for somebody who does not see it. */
function describe({ title, steps, candidateId, controlId }: FrozenChart): string {
  const last = (pick: "candidate" | "control"): string => {
    const values = steps.flatMap((step) => step[pick]?.value ?? []);
    return values.length === 0 ? "no data" : `${Math.min(...values)} to ${Math.max(...values)}`;
  };
  const control = controlId === null ? "" : ` Control ${controlId}: ${last("control")}.`;
  return `${title}. Release ${candidateId}: ${last("candidate")}.${control}`;
}

function scaleOf({ metric, fromMs, toMs, steps, limit }: FrozenChart): Scale {
  const values = steps.flatMap(({ candidate, control }) => [...seen(candidate), ...seen(control)]);
  const all = limit === null ? values : [...values, limit.value];
  const { ticks, low, high } = axisOf(
    all.length === 0 ? [0, 1] : all,
    parseMetric(metric)?.kind === "rate" ? 1 : Infinity,
  );
  const spanMs = Math.max(1, toMs - fromMs);
  return {
    ticks,
    x: (ms) => round(LEFT + ((ms - fromMs) / spanMs) * (WIDTH - LEFT - RIGHT)),
    y: (value) => round(TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM)),
  };
}

/** Ticks at 1, 2 or 5 times a power of ten that enclose the values; never above `most`, which nothing can exceed. */
function axisOf(values: readonly number[], most: number): { ticks: number[]; low: number; high: number } {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const size = Math.max(Math.abs(least), Math.abs(greatest));
  // Values that do not differ visibly need an axis all the same.
  const spread = greatest - least > size * 1e-9 ? greatest - least : size;
  const rough = (spread > 1e-12 ? spread : 1) / LINES;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => rough <= factor * power) ?? 10);
  const low = Math.floor(least / step) * step;
  const high = Math.min(most, Math.ceil(greatest / step) * step);
  const top = high > low ? high : low + step;
  const count = Math.round((top - low) / step);
  return { ticks: Array.from({ length: count + 1 }, (_, index) => low + index * step), low, high: top };
}

function seen(sample: Sample | null): number[] {
  return sample === null ? [] : [sample.value, sample.lower, sample.upper].filter((value) => value !== null);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function shade({ bad, fromMs, toMs }: FrozenChart, { x }: Scale): string {
  if (bad === null) return "";
  const left = x(Math.max(fromMs, bad.fromMs));
  const width = round(Math.max(0, x(Math.min(toMs, bad.toMs)) - left));
  return `<rect x="${left}" y="${TOP}" width="${width}" height="${HEIGHT - TOP - BOTTOM}" fill="${RELEASE}" fill-opacity="0.08"/>`;
}

const LINES = 4;
const TIMES = 5;

function grid({ metric, fromMs, toMs }: FrozenChart, { x, y, ticks }: Scale): string {
  const horizontal = ticks.map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="${INK}" stroke-opacity="0.15"/>` +
      `<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${escapeHtml(valueText(metric, value))}</text>`,
  );
  const times = Array.from({ length: TIMES }, (_, index) => fromMs + ((toMs - fromMs) * index) / (TIMES - 1));
  const anchors = ["start", "middle", "middle", "middle", "end"];
  const vertical = times.map(
    (ms, index) =>
      `<text x="${x(ms)}" y="${HEIGHT - 22}" text-anchor="${anchors[index] ?? "middle"}">${toRfc3339(Math.round(ms)).slice(11, 19)}</text>`,
  );
  const day = `<text x="${WIDTH - RIGHT}" y="${HEIGHT - 6}" text-anchor="end">${toRfc3339(fromMs).slice(0, 10)} UTC</text>`;
  return [...horizontal, ...vertical, day].join("");
}

function valueText(metric: string, value: number): string {
  const parsed = parseMetric(metric);
  return parsed === undefined ? String(value) : formatMetricValue(parsed, value);
}

function limitLine({ limit }: FrozenChart, { y }: Scale): string {
  if (limit === null) return "";
  const at = y(limit.value);
  return (
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="${LIMIT}" stroke-dasharray="2 3" stroke-width="1.5"/>` +
    `<text x="${LEFT + 4}" y="${at - 4}" fill="${LIMIT}">${escapeHtml(limit.words)}</text>`
  );
}

/** Nearer than this, marks share one label. */
const LABEL_WIDTH = 120;

/** A line at each mark; labels stand above the plot, where they hide nothing. */
function marksOf({ marks }: FrozenChart, { x }: Scale): string {
  const lines = marks.map(
    ({ atMs }) =>
      `<line x1="${x(atMs)}" x2="${x(atMs)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="${INK}" stroke-opacity="0.5"/>`,
  );
  const groups: { at: number; labels: string[] }[] = [];
  for (const { atMs, label } of marks.toSorted((a, b) => a.atMs - b.atMs)) {
    const last = groups.at(-1);
    if (last !== undefined && x(atMs) - last.at < LABEL_WIDTH) last.labels.push(label);
    else groups.push({ at: x(atMs), labels: [label] });
  }
  const labels = groups.map(({ at, labels: some }) => {
    const anchor = at > WIDTH / 2 ? "end" : "start";
    return `<text x="${at}" y="${TOP - 4}" text-anchor="${anchor}">${escapeHtml(some.join(" · "))}</text>`;
  });
  return [...lines, ...labels].join("");
}

/** The release's interval. */
function band({ steps }: FrozenChart, { x, y }: Scale): string {
  const bounded = steps.flatMap(({ atMs, candidate }) =>
    candidate === null || candidate.lower === null || candidate.upper === null
      ? []
      : [{ atMs, lower: candidate.lower, upper: candidate.upper }],
  );
  if (bounded.length < 2) return "";
  const upper = bounded.map((one) => `${x(one.atMs)},${y(one.upper)}`);
  const lower = bounded.toReversed().map((one) => `${x(one.atMs)},${y(one.lower)}`);
  return `<polygon points="${[...upper, ...lower].join(" ")}" fill="${RELEASE}" fill-opacity="0.15"/>`;
}

/** A gap in the data is a gap in the line. */
function line(
  { steps, stepMs }: FrozenChart,
  { scale: { x, y }, side }: { scale: Scale; side: "candidate" | "control" },
): string {
  const points = steps.flatMap((step) => {
    const value = step[side]?.value ?? null;
    return value === null ? [] : [{ atMs: step.atMs, value }];
  });
  const path = points
    .map(({ atMs, value }, index) => {
      const before = points[index - 1];
      const joins = before !== undefined && atMs - before.atMs <= 2 * stepMs;
      return `${joins ? "L" : "M"}${x(atMs)} ${y(value)}`;
    })
    .join("");
  const dots =
    side === "control"
      ? ""
      : points
          .map(({ atMs, value }) => `<circle cx="${x(atMs)}" cy="${y(value)}" r="2.2" fill="${RELEASE}"/>`)
          .join("");
  const style =
    side === "control"
      ? `stroke="${CONTROL}" stroke-dasharray="5 3" stroke-width="1.5"`
      : `stroke="${RELEASE}" stroke-width="2"`;
  return `<path d="${path}" fill="none" ${style}/>${dots}`;
}

function legend({ candidateId, controlId, title }: FrozenChart): string {
  const control =
    controlId === null
      ? ""
      : `<line x1="${LEFT + 190}" x2="${LEFT + 214}" y1="18" y2="18" stroke="${CONTROL}" stroke-dasharray="5 3" stroke-width="1.5"/>` +
        `<text x="${LEFT + 220}" y="22">control ${escapeHtml(controlId)}</text>`;
  return (
    `<text x="${WIDTH - RIGHT}" y="14" text-anchor="end" font-weight="600">${escapeHtml(title)}</text>` +
    `<line x1="${LEFT}" x2="${LEFT + 24}" y1="18" y2="18" stroke="${RELEASE}" stroke-width="2"/>` +
    `<text x="${LEFT + 30}" y="22">release ${escapeHtml(candidateId)}</text>${control}`
  );
}
