/** Figures of the pages process and of the control database as Prometheus text. Base units; counters end in `_total`. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { ApiDeps } from "@/server/api/context";
import { readControlFigures } from "@/server/store/control/figures";

/** Upper bounds of the duration buckets, seconds. */
const DURATION_BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

type Labels = Readonly<Record<string, string | number>>;

export interface HttpMetrics {
  /** Counts one answered request. */
  observe: (answered: { part: string; method: string; status: number; durationMs: number }) => void;
  /** The text of everything. */
  render: () => string;
}

interface Durations {
  counts: number[];
  sumS: number;
}

/** Starts counting. */
export function createMetrics(deps: ApiDeps): HttpMetrics {
  const requests = new Map<string, { labels: Labels; count: number }>();
  const durations = new Map<string, Durations>();
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  return {
    observe: ({ part, method, status, durationMs }) => {
      const key = `${part} ${method} ${status}`;
      const request = requests.get(key) ?? { labels: { part, method, status }, count: 0 };
      request.count += 1;
      requests.set(key, request);
      addDuration(durations, part, durationMs / 1000);
    },
    render: () =>
      [
        family({
          name: "switchback_http_requests_total",
          type: "counter",
          help: "Answered requests of the pages process.",
          samples: [...requests.values()].map(({ labels, count }) => ({ labels, value: count })),
        }),
        renderDurations(durations),
        gauge("switchback_pages_resident_memory_bytes", "Memory of the pages process.", process.memoryUsage.rss()),
        gauge("switchback_pages_event_loop_delay_seconds", "99th percentile since start.", delay.percentile(99) / 1e9),
        ...renderControl(deps),
      ].join(""),
  };
}

function renderControl({ control, clock }: ApiDeps): string[] {
  const nowMs = clock();
  const figures = readControlFigures(control, nowMs);
  return [
    gauge("switchback_controller_up", "1 while the controller holds its lease.", figures.controllerUp ? 1 : 0),
    summary("switchback_controller_tick_duration_seconds", "Time of the controller's ticks.", figures.ticks),
    family({
      name: "switchback_rollouts",
      type: "gauge",
      help: "Live rollouts by application and state.",
      samples: figures.rollouts.map(({ value, ...labels }) => ({ labels, value })),
    }),
    family({
      name: "switchback_incidents",
      type: "gauge",
      help: "Incidents that are not resolved, by application and status.",
      samples: figures.incidents.map(({ value, ...labels }) => ({ labels, value })),
    }),
    family({
      name: "switchback_alias_moves_total",
      type: "counter",
      help: "Moves of an alias since it exists.",
      samples: figures.aliases.map(({ value, ...labels }) => ({ labels, value })),
    }),
    family({
      name: "switchback_outbox_waiting",
      type: "gauge",
      help: "Outside effects that are not delivered yet.",
      samples: figures.outbox.map(({ target, waiting }) => ({ labels: { target }, value: waiting })),
    }),
    family({
      name: "switchback_outbox_oldest_age_seconds",
      type: "gauge",
      help: "Age of the oldest outside effect that is not delivered yet.",
      samples: figures.outbox.map(({ target, oldestAtMs }) => ({
        labels: { target },
        value: (nowMs - (oldestAtMs ?? nowMs)) / 1000,
      })),
    }),
    family({
      name: "switchback_audit_entries_total",
      type: "counter",
      help: "Entries of the audit log.",
      samples: [{ labels: {}, value: figures.auditEntries }],
    }),
  ];
}

function addDuration(durations: Map<string, Durations>, part: string, seconds: number): void {
  const own = durations.get(part) ?? { counts: DURATION_BOUNDS_S.map(() => 0).concat(0), sumS: 0 };
  const index = DURATION_BOUNDS_S.findIndex((bound) => seconds <= bound);
  const bucket = index === -1 ? DURATION_BOUNDS_S.length : index;
  own.counts[bucket] = (own.counts[bucket] ?? 0) + 1;
  own.sumS += seconds;
  durations.set(part, own);
}

function renderDurations(durations: ReadonlyMap<string, Durations>): string {
  const name = "switchback_http_request_duration_seconds";
  const lines = [...durations].flatMap(([part, { counts, sumS }]) => {
    let cumulative = 0;
    const buckets = counts.map((count, index) => {
      cumulative += count;
      return sample(`${name}_bucket`, { part, le: DURATION_BOUNDS_S[index] ?? "+Inf" }, cumulative);
    });
    return [...buckets, sample(`${name}_sum`, { part }, sumS), sample(`${name}_count`, { part }, cumulative)];
  });
  return `# HELP ${name} Time to answer, by part of the process.\n# TYPE ${name} histogram\n${lines.join("")}`;
}

/** A sum and a count without quantiles: a rate over any range is its mean. */
function summary(name: string, help: string, { count, totalMs }: { count: number; totalMs: number }): string {
  const samples = `${sample(`${name}_sum`, {}, totalMs / 1000)}${sample(`${name}_count`, {}, count)}`;
  return `# HELP ${name} ${help}\n# TYPE ${name} summary\n${samples}`;
}

function gauge(name: string, help: string, value: number): string {
  return family({ name, type: "gauge", help, samples: [{ labels: {}, value }] });
}

function family(input: {
  name: string;
  type: "counter" | "gauge";
  help: string;
  samples: readonly { labels: Labels; value: number }[];
}): string {
  const { name, type, help, samples } = input;
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map(({ labels, value }) => sample(name, labels, value)).join("")}`;
}

function sample(name: string, labels: Labels, value: number): string {
  const text = Object.entries(labels).map(([key, label]) => `${key}="${escapeLabel(String(label))}"`);
  return `${name}${text.length === 0 ? "" : `{${text.join(",")}}`} ${value}\n`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
