/** What the intake counts about itself, as Prometheus text. */

const LATENCY_BOUNDS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

/** Where records came from. */
export type Source = "traces" | "logs" | "requests" | "scores";

/** Values that are read when somebody asks. */
export interface Gauges {
  queuedRecords: number;
  waitingScores: number;
  overflowedSegments: number;
  uncountedMeasures: number;
  bytesInFlight: number;
}

/** Counters since the process began. */
export class IntakeMetrics {
  readonly #accepted = new Map<string, number>();
  readonly #duplicates = new Map<string, number>();
  readonly #rejected = new Map<string, number>();
  readonly #answers = new Map<string, number>();
  readonly #latency: number[] = LATENCY_BOUNDS_SECONDS.map(() => 0);
  #commits = 0;
  #failedCommits = 0;
  #commitSeconds = 0;
  #spans = 0;

  accepted(source: Source, count: number): void {
    add(this.#accepted, label({ source }), count);
  }

  duplicates(source: Source, count: number): void {
    add(this.#duplicates, label({ source }), count);
  }

  /** @param reason one of a few words: each is a time series. */
  rejected(source: Source, reason: string, count: number): void {
    add(this.#rejected, label({ source, reason }), count);
  }

  answered(path: string, status: number): void {
    add(this.#answers, label({ path, status: String(status) }), 1);
  }

  spans(count: number): void {
    this.#spans += count;
  }

  committed({ durationMs, ok }: { durationMs: number; ok: boolean }): void {
    if (!ok) {
      this.#failedCommits += 1;
      return;
    }
    const seconds = durationMs / 1000;
    this.#commits += 1;
    this.#commitSeconds += seconds;
    for (const [index, bound] of LATENCY_BOUNDS_SECONDS.entries()) {
      if (seconds <= bound) this.#latency[index] = (this.#latency[index] ?? 0) + 1;
    }
  }

  /** Prometheus text format 0.0.4. */
  render(gauges: Gauges): string {
    return [
      ...counter("switchback_intake_records_accepted_total", "Requests and scores stored.", this.#accepted),
      ...counter("switchback_intake_records_duplicate_total", "Records that were already stored.", this.#duplicates),
      ...counter("switchback_intake_records_rejected_total", "Records refused, by reason.", this.#rejected),
      ...counter("switchback_intake_http_requests_total", "Answers given, by path and status.", this.#answers),
      ...counter("switchback_intake_spans_total", "Spans received, requests or not.", new Map([["", this.#spans]])),
      ...counter(
        "switchback_intake_commit_failures_total",
        "Commits of which nothing was stored.",
        new Map([["", this.#failedCommits]]),
      ),
      ...counter(
        "switchback_intake_segment_overflows_total",
        "Requests counted under __other__ because an application has too many segment values or releases.",
        new Map([["", gauges.overflowedSegments]]),
      ),
      ...counter(
        "switchback_intake_uncounted_measures_total",
        "Values of measures and scores that no window has, because their application has too many names for them.",
        new Map([["", gauges.uncountedMeasures]]),
      ),
      ...gauge("switchback_intake_queue_records", "Records that wait for a commit.", gauges.queuedRecords),
      ...gauge("switchback_intake_waiting_scores", "Scores whose request has not arrived.", gauges.waitingScores),
      ...gauge("switchback_intake_body_bytes", "Bytes of request bodies in memory.", gauges.bytesInFlight),
      ...this.#histogram(),
      "",
    ].join("\n");
  }

  #histogram(): string[] {
    const name = "switchback_intake_commit_duration_seconds";
    return [
      `# HELP ${name} Time of a commit.`,
      `# TYPE ${name} histogram`,
      ...LATENCY_BOUNDS_SECONDS.map((bound, index) => `${name}_bucket{le="${bound}"} ${this.#latency[index] ?? 0}`),
      `${name}_bucket{le="+Inf"} ${this.#commits}`,
      `${name}_sum ${this.#commitSeconds}`,
      `${name}_count ${this.#commits}`,
    ];
  }
}

function add(counts: Map<string, number>, key: string, count: number): void {
  if (count > 0) counts.set(key, (counts.get(key) ?? 0) + count);
}

function label(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replaceAll(/["\\\n]/g, "_")}"`);
  return `{${pairs.join(",")}}`;
}

function counter(name: string, help: string, counts: ReadonlyMap<string, number>): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} counter`,
    ...[...counts].map(([labels, count]) => `${name}${labels} ${count}`),
  ];
}

function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`];
}
