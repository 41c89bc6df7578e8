/** Completion, asked of the shells themselves: the script is sourced and the shell says what it would offer. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
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
    ["after global options", ["switchback", "--json", "audit", "ver"], ["verify"]],
    ["nothing for what is no command", ["switchback", "nothing", "pl"], []],
  ])("completes %s", async (_, words, expected) => {
    expect(offered(await scriptOf("bash"), words)).toEqual(expected);
  });

  test("completes files where a value is free", async () => {
    writeFileSync(join(folder, "results.json"), "{}");
    const words = ["switchback", "gate", "--results", "resu"];
    expect(offered(await scriptOf("bash"), words)).toEqual(["results.json"]);
  });
});

test("every command and option is in the scripts of every shell", async () => {
  const [bash, zsh, fish] = [await scriptOf("bash"), await scriptOf("zsh"), await scriptOf("fish")];
  expect(zsh).toContain(bash.trimEnd());
  expect(zsh).toMatch(/^autoload -U \+X bashcompinit/);
  for (const word of ["gitops", "clear-quarantine", "--evidence", "verify", "completion"]) {
    expect(bash).toContain(word);
    expect(fish).toContain(word.replace(/^--/, ""));
  }
  expect(fish).toContain("complete -c switchback -n '__fish_switchback_at gitops' -f -a plan");
});

test("another shell is refused with those there are", async () => {
  const ran = await runCommand(["completion", "tcsh"]);
  expect(ran.code).toBe(2);
  expect(ran.err).toContain("Allowed choices are bash, zsh, fish");
});
