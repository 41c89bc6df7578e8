/** `node dist/bench-intake.js [spans]`: the intake's figures as a table. */
import { fileURLToPath } from "node:url";
import { benchIntake, type Rate } from "./intake";

const spans = Number(process.argv[2] ?? 200_000);
const figures = await benchIntake({ entry: fileURLToPath(new URL("./intake.js", import.meta.url)), spans });

function row(rate: Rate): Record<string, string | number> {
  return {
    "per second": Math.round(rate.perSecond),
    "of bare inserts": (rate.perSecond / figures.bareInserts.perSecond).toFixed(2),
    "per cpu second": Math.round(rate.perCpuSecond),
  };
}

console.table({
  "OTLP protobuf, spans": row(figures.protobuf),
  "OTLP JSON, spans": row(figures.json),
  "bare inserts, rows": row(figures.bareInserts),
});
console.log(
  `${Math.round(figures.bytesPerRequest)} bytes per request, ${Math.round(figures.residentMib)} MiB resident`,
);
