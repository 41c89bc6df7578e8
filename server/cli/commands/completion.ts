/** `switchback completion`: a script with which a shell completes commands, options and their choices. */
import { Argument, type Command } from "commander";
import { completionScript, SHELLS, type Shell } from "@/server/cli/completion/completion-script";
import type { Run, Session } from "@/server/cli/session";

const INSTALL: Readonly<Record<Shell, string>> = {
  bash: 'bash:  eval "$(switchback completion bash)"   in ~/.bashrc',
  zsh: 'zsh:   eval "$(switchback completion zsh)"    in ~/.zshrc, after compinit',
  fish: "fish:  switchback completion fish > ~/.config/fish/completions/switchback.fish",
};

/** Adds `completion`. */
export function addCompletionCommand(program: Command, session: Session): void {
  program
    .command("completion")
    .description("print a completion script for a shell")
    .addArgument(new Argument("<shell>", "shell").choices(SHELLS))
    .addHelpText("after", `\nTo have it in every shell:\n  ${Object.values(INSTALL).join("\n  ")}`)
    .action(
      session.action(({ print }: Run, { args: [shell] }: { args: readonly [Shell] }) => {
        const script = completionScript(program, shell);
        print({ shell, script }, () => [script]);
      }),
    );
}
