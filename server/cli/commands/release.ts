/** `switchback release register`: from a manifest file to a release id. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { parse } from "yaml";
import { call } from "@/server/cli/client";
import { clientSettings, globalOptions, print } from "@/server/cli/output";

interface Registered {
  releaseId: string;
  digest: string;
  created: boolean;
}

/** Adds `release register` to the program. */
export function addReleaseCommands(program: Command): void {
  const release = program.command("release").description("register and look at releases");
  release
    .command("register")
    .description("register the release a manifest describes; the same manifest twice is one release")
    .requiredOption(
      "-f, --file <manifest>",
      "YAML or JSON: application, components, digests?, fingerprints?, labels?; - for standard input",
    )
    .option("--git-commit <sha>", "commit the release was built from")
    .option("--author <name>", "who wrote the change")
    .option("--pipeline-url <url>", "the pipeline run")
    .action(
      async (flags: { file: string; gitCommit?: string; author?: string; pipelineUrl?: string }, command: Command) => {
        const options = globalOptions(command);
        const { file, ...provenance } = flags;
        const manifest: unknown = parse(readFileSync(file === "-" ? 0 : file, "utf8"));
        if (typeof manifest !== "object" || manifest === null)
          throw new Error(`${file}: a manifest is a map with application and components`);
        const answer = await call<Registered>(clientSettings(options), {
          method: "POST",
          path: "/api/v1/releases",
          body: { ...manifest, ...provenance },
        });
        print(options, answer, () => [
          `${answer.releaseId} ${answer.created ? "registered" : "was already registered"}`,
        ]);
      },
    );
}
