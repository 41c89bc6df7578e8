import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./db/telemetry/schema/*.ts",
  out: "./db/telemetry/migrations",
});
