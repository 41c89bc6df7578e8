/** `switchback release register`: from a manifest file to a release id. */
import type { Command } from "commander";
import type { RegisterReleaseOutput } from "@/server/control/register-release";
import { readMap } from "@/server/cli/read-input";
import type { Run, Session } from "@/server/cli/session";

/** Adds `release register`. */
export function addReleaseCommands(program: Command, session: Session): void {
  const release = program.command("release").description("register releases");
  release
    .command("register")
    .description("register the release a manifest describes; the same components again are the same release")
    .requiredOption(
      "-f, --file <manifest>",
      "YAML or JSON: application, components, digests?, fingerprints?, labels?; - for standard input",
    )
    .option("--git-commit <sha>", "commit the release was built from")
    .option("--author <name>", "who wrote the change")
    .option("--pipeline-url <url>", "the pipeline run")
    .action(session.action(register));
}

interface RegisterFlags {
  file: string;
  gitCommit?: string;
  author?: string;
  pipelineUrl?: string;
}

async function register({ io, server, print }: Run, { flags }: { flags: RegisterFlags }): Promise<void> {
  const { file, ...provenance } = flags;
  const manifest = await readMap(io, file, "application and components, e.g. {prompt: support@2.8, model: lora@1.9}");
  const answer = await server.call<RegisterReleaseOutput>({
    method: "POST",
    path: "/api/v1/releases",
    body: { ...manifest, ...provenance },
  });
  print(answer, () => [`${answer.releaseId} ${answer.created ? "registered" : "was registered before"}`]);
}
