/** `node dist/bench-intake.js [spans]`: the intake's figures as a table. */
import { fileURLToPath } from "node:url";
import { benchIntake } from "./intake";

const spans = Number(process.argv[2] ?? 200_000);
const figures = await benchIntake({ entry: fileURLToPath(new URL("./intake.js", import.meta.url)), spans });
console.table({
  "OTLP protobuf, spans/s": Math.round(figures.protobufSpansPerSecond),
  "OTLP JSON, spans/s": Math.round(figures.jsonSpansPerSecond),
  "bare inserts, rows/s": Math.round(figures.bareInsertsPerSecond),
  "protobuf / bare inserts": (figures.protobufSpansPerSecond / figures.bareInsertsPerSecond).toFixed(2),
  "bytes per request": Math.round(figures.bytesPerRequest),
  "intake memory, MiB": Math.round(figures.residentMib),
});
