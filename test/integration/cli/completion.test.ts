/** Completion, asked of the shells themselves: the script is sourced and the shell says what it would offer. */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { runCommand } from "./run-command";
import { file, folder } from "./terminal";

async function scriptOf(shell: string): Promise<string> {
  const ran = await runCommand(["completion", shell]);
  expect(ran).toMatchObject({ code: 0, err: "" });
  return ran.out;
}

/** What bash offers after these words; the last one is the one being typed. */
function offered(script: string, words: readonly string[]): string[] {
  const path = file(script, "bash");
  const program = [
    `source ${path}`,
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})`,
    `COMP_CWORD=${words.length - 1}`,
    "_switchback || true",
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join("\n");
  const out = execFileSync("bash", ["--noprofile", "--norc", "-euc", program], { cwd: folder, encoding: "utf8" });
  return out.split("\n").filter((line) => line !== "");
}

describe("bash", () => {
  test.each<[string, string[], string[]]>([
    ["commands", ["switchback", "git"], ["gitops"]],
    ["commands of a command", ["switchback", "gitops", "p"], ["plan"]],
    [
      "its options, and those of every command",
      ["switchback", "gitops", "plan", "--re"],
      ["--repository", "--register", "--remote"],
    ],
    ["what every command takes", ["switchback", "rollback", "--js"], ["--json"]],
    ["the choices of an option", ["switchback", "gate", "--format", "ju"], ["junit"]],
    ["the same behind an equals sign", ["switchback", "gate", "--format", "=", "ju"], ["junit"]],
    ["them all right behind it", ["switchback", "completion", "--json", ""], ["bash", "zsh", "fish"]],
    ["after global options", ["switchback", "--json", "audit", "ver"], ["verify"]],
    ["past a value that is also a command", ["switchback", "--url", "gate", "audit", "v"], ["verify"]],
    ["past a value behind an equals sign", ["switchback", "--url", "=", "gate", "audit", "v"], ["verify"]],
    [
      "options, where an argument is a file, only once they begin",
      ["switchback", "audit", "verify", "--ch"],
      ["--checkpoint"],
    ],
    ["nothing for what is no command", ["switchback", "nothing", "pl"], []],
  ])("completes %s", async (_, words, expected) => {
    expect(offered(await scriptOf("bash"), words)).toEqual(expected);
  });

  test.each([
    ["a value is free", ["switchback", "gate", "--results", ""]],
    ["its option is a letter", ["switchback", "audit", "export", "-o", ""]],
    ["an argument is a file", ["switchback", "audit", "verify", ""]],
  ])("leaves it to bash to complete a file where %s", async (_, words) => {
    const script = await scriptOf("bash");
    expect(offered(script, words)).toEqual([]);
    expect(script).toContain("complete -o default -F _switchback switchback");
  });
});

test("every command, option and choice is in the scripts of every shell, with what it is for", async () => {
  const [bash, zsh, fish] = [await scriptOf("bash"), await scriptOf("zsh"), await scriptOf("fish")];
  for (const word of ["gitops", "clear-quarantine", "--evidence", "verify", "completion", "--wait", "promptfoo"]) {
    expect(bash).toContain(word);
    expect(zsh).toContain(word);
    expect(fish).toContain(word.replace(/^--/, "-l "));
  }
  expect(zsh).toContain("'gitops plan') commands=()");
  expect(zsh).toContain("'plan:what a checked-out commit would change");
  expect(fish).toContain("complete -c switchback -n '__fish_switchback_at gitops' -a plan -d 'what a checked-out");
  expect(fish).toMatch(/^complete -c switchback -n '__fish_switchback_at audit export' -l output -s o -d .+ -r -F$/m);
  expect(fish).toMatch(/^complete -c switchback -l json -d '[^']+'$/m);
});

test("another shell is refused with those there are", async () => {
  const ran = await runCommand(["completion", "tcsh"]);
  expect(ran.code).toBe(2);
  expect(ran.err).toContain("Allowed choices are bash, zsh, fish");
});
