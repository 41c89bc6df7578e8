/** Where the plot stands inside its box, in pixels. The drawn chart and the layers above it share these numbers. */

export interface PlotBox {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** On narrow boxes the lines are named under the title instead of at their ends. */
export const END_LABELS_FROM_WIDTH = 640;

export function plotBox(width: number, height: number): PlotBox {
  return { width, height, left: 52, right: width >= END_LABELS_FROM_WIDTH ? 132 : 12, top: 24, bottom: 24 };
}

export function xOf(atMs: number, box: PlotBox, range: { fromMs: number; toMs: number }): number {
  const inner = box.width - box.left - box.right;
  return box.left + ((atMs - range.fromMs) / (range.toMs - range.fromMs)) * inner;
}

export function timeAt(x: number, box: PlotBox, range: { fromMs: number; toMs: number }): number {
  const inner = Math.max(1, box.width - box.left - box.right);
  const share = Math.min(1, Math.max(0, (x - box.left) / inner));
  return range.fromMs + share * (range.toMs - range.fromMs);
}

export function yOf(value: number, box: PlotBox, domain: readonly [number, number]): number {
  const inner = box.height - box.top - box.bottom;
  return box.top + (1 - (value - domain[0]) / (domain[1] - domain[0])) * inner;
}

/**
 * Pushes labels apart so that none covers another, keeping their order; each gets `height` pixels, and none reaches
 * below `bottom`.
 */
export function spreadLabels<Label extends { y: number }>(
  labels: readonly Label[],
  { height, bottom }: { height: number; bottom: number },
): Label[] {
  const sorted = labels.toSorted((left, right) => left.y - right.y);
  let previous = Number.NEGATIVE_INFINITY;
  return sorted.map((label, index) => {
    const highest = bottom - (sorted.length - index) * height;
    const y = Math.max(Math.min(label.y, highest), previous + height);
    previous = y;
    return { ...label, y };
  });
}
