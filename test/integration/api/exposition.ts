/** A strict reader of Prometheus' text format 0.0.4: what `promtool check metrics` insists on, and no duplicates. */

export interface Family {
  name: string;
  type: string;
  help: string;
  /** Full sample names with their labels, and values. */
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;
const TYPES = new Set(["counter", "gauge", "histogram", "summary"]);
/** Units that are no base units, at the end of a name or before its suffix. */
const NOT_BASE =
  /_(?:ms|milliseconds?|us|microseconds?|ns|minutes?|hours?|days?|kb|mb|kib|mib|kilobytes|megabytes|percent)(?:_total|_sum|_count|_bucket)?$/;

/** Families by name. @throws Error naming the first line that breaks a rule. */
export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the text does not end with a line end");
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let current: Family | undefined;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith("# HELP ")) current = begin(families, line);
    else if (line.startsWith("# TYPE ")) typed(current, line);
    else if (line.startsWith("#")) throw new Error(`a comment that is none: ${line}`);
    else addSample(current, { line, seen });
  }
  for (const family of families.values()) checkFamily(family);
  return families;
}

function begin(families: Map<string, Family>, line: string): Family {
  const [, name = "", help = ""] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
  if (!NAME.test(name) || help.trim() === "") throw new Error(`no help: ${line}`);
  if (families.has(name)) throw new Error(`${name} is described twice`);
  if (NOT_BASE.test(name)) throw new Error(`${name} is not in a base unit`);
  const family: Family = { name, type: "", help, samples: [] };
  families.set(name, family);
  return family;
}

function typed(current: Family | undefined, line: string): void {
  const [, name, type = ""] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
  if (current === undefined || name !== current.name) throw new Error(`a type without its help: ${line}`);
  if (current.type !== "" || !TYPES.has(type)) throw new Error(`not one known type: ${line}`);
  if ((type === "counter") !== name.endsWith("_total"))
    throw new Error(`counters and only they end in _total: ${line}`);
  current.type = type;
}

function addSample(current: Family | undefined, { line, seen }: { line: string; seen: Set<string> }): void {
  const sample = readSample(line);
  if (current === undefined || current.type === "") throw new Error(`a sample before its type: ${line}`);
  const suffix = sample.name.slice(current.name.length);
  if (!sample.name.startsWith(current.name) || !suffixesOf(current.type).includes(suffix)) {
    throw new Error(`a sample of another family than ${current.name}: ${line}`);
  }
  if (current.type === "counter" && sample.value < 0) throw new Error(`a counter below zero: ${line}`);
  const { name, labels } = sample;
  const key = JSON.stringify([
    name,
    ...Object.keys(labels)
      .toSorted()
      .map((label) => [label, labels[label]]),
  ]);
  if (seen.has(key)) throw new Error(`twice: ${line}`);
  seen.add(key);
  current.samples.push(sample);
}

function readSample(line: string): Family["samples"][number] {
  const [, name, labelText = "", valueText = ""] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`no sample: ${line}`);
  const value = valueText === "+Inf" ? Infinity : Number(valueText);
  if (Number.isNaN(value)) throw new Error(`no number: ${line}`);
  return { name, labels: readLabels(labelText, line), value };
}

function suffixesOf(type: string): string[] {
  if (type === "histogram") return ["_bucket", "_sum", "_count"];
  return type === "summary" ? ["", "_sum", "_count"] : [""];
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== "") {
    const [whole, name = "", value = ""] = LABEL.exec(rest) ?? [];
    if (whole === undefined || name in labels) throw new Error(`labels that do not read: ${line}`);
    labels[name] = value;
    rest = rest.slice(whole.length);
  }
  return labels;
}

function checkFamily({ name, type, samples }: Family): void {
  if (type === "") throw new Error(`${name} has no type`);
  if (type !== "histogram") return;
  const groups = new Map<string, Family["samples"]>();
  for (const sample of samples) {
    const { le: _le, ...others } = sample.labels;
    const key = JSON.stringify(others);
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  for (const group of groups.values()) checkHistogram(name, group);
}

function checkHistogram(name: string, group: Family["samples"]): void {
  const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
  const count = group.find((sample) => sample.name === `${name}_count`);
  const sum = group.find((sample) => sample.name === `${name}_sum`);
  if (count === undefined || sum === undefined) throw new Error(`${name} has no sum or count`);
  const bounds = buckets.map(({ labels }) => (labels["le"] === "+Inf" ? Infinity : Number(labels["le"])));
  const isRising = (values: readonly number[]): boolean =>
    values.every((value, at) => at === 0 || value >= (values[at - 1] ?? 0));
  if (bounds.at(-1) !== Infinity || !isRising(bounds) || !isRising(buckets.map(({ value }) => value))) {
    throw new Error(`${name} has buckets that do not rise to +Inf`);
  }
  if (buckets.at(-1)?.value !== count.value) throw new Error(`${name}'s last bucket is not its count`);
}
