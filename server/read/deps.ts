/** What every read model is given: both databases and the server's clock. Read models never write. */
import type { ControlDatabase } from "@/server/store/control/database";
import type { TelemetryReader } from "@/server/store/telemetry-reader";

export interface ReadDeps {
  readonly control: ControlDatabase;
  readonly telemetry: TelemetryReader;
  /** Epoch ms; an answer is about this instant. */
  readonly nowMs: number;
}
