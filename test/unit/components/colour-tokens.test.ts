/** The colours that pages are drawn with, as the style sheet names them: enough contrast in every look. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const CSS = readFileSync("app/globals.css", "utf8");

type Tokens = Record<string, string>;

/** The hexadecimal colours declared in a block. */
function declared(block: string): Tokens {
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex]));
}

/** The block after a selector, from the first one that begins with it past `from`. */
function block(selector: string, from = 0): string {
  const start = CSS.indexOf(`${selector} {`, from);
  if (start === -1) throw new Error(`${selector} is not in the style sheet`);
  return CSS.slice(start, CSS.indexOf("}", start));
}

const more = CSS.indexOf("@media (prefers-contrast: more)");
const light = declared(block(":root"));
const dark = { ...light, ...declared(block('[data-theme="dark"]')) };
const LOOKS: Readonly<Record<string, Tokens>> = {
  light,
  dark,
  "light, more contrast": { ...light, ...declared(block(":root", more)) },
  "dark, more contrast": { ...dark, ...declared(block('[data-theme="dark"]', more)) },
};

/** WCAG 2.2, relative luminance of an sRGB colour. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const STATES = ["ok", "review", "breach", "info", "neutral"];
const TEXT: readonly (readonly [string, string])[] = [
  ["text", "bg"],
  ["text", "surface"],
  ["muted", "bg"],
  ["muted", "surface"],
  ["on-primary", "primary"],
  ["on-danger", "danger"],
  ...STATES.map((state) => [`st-${state}-fg`, `st-${state}-bg`] as const),
  ...STATES.map((state) => [`st-${state}-fg`, "bg"] as const),
];
const MARKS = ["control-border", "focus", "primary", "se-control", "se-candidate", "se-shadow", "se-threshold"];

describe.each(Object.entries(LOOKS))("%s", (_, tokens) => {
  const of = (name: string): string => tokens[name] ?? "missing";

  it("has text that stands out 4.5 to 1", () => {
    const weak = TEXT.filter(([text, ground]) => !(contrast(of(text), of(ground)) >= 4.5));
    expect(weak).toEqual([]);
  });

  it("has marks and borders that stand out 3 to 1", () => {
    const marks = [...MARKS, ...STATES.map((state) => `st-${state}`)];
    expect(marks.filter((mark) => !(contrast(of(mark), of("bg")) >= 3))).toEqual([]);
  });
});

it("knows black from white, and the same colour from itself", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#565b64", "#565b64")).toBe(1);
});

it("gives quiet text more contrast where more is asked for", () => {
  for (const [plain, asked] of [
    ["light", "light, more contrast"],
    ["dark", "dark, more contrast"],
  ] as const) {
    const of = (look: string): number => contrast(LOOKS[look]?.["muted"] ?? "", LOOKS[look]?.["bg"] ?? "");
    expect(of(asked)).toBeGreaterThan(of(plain));
  }
});
