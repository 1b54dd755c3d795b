/** `migrate completion`: scripts made from the command tree, so that they are never behind it. */
import { basename } from "node:path";
import type { Command } from "commander";
import { ConfigError } from "../../core/errors.ts";
import type { App } from "../app.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

/** A command and what may follow it. `path` is "" for `migrate` itself, then `runs`, `runs show`... */
interface Node {
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly { readonly flag: string; readonly description: string }[];
}

export async function completion(app: App, program: Command, wanted: string | null): Promise<number> {
  const name = wanted ?? basename(app.context.env.SHELL ?? "bash");
  if (!SHELLS.includes(name as Shell)) {
    throw new ConfigError("COMPLETION_SHELL", `expected ${SHELLS.join(", ")}, got "${name}"`, {
      hint: "Name the shell: migrate completion bash",
    });
  }
  const script = completionScript(program, name as Shell);
  app.output.document({ shell: name, script });
  if (!app.output.json) app.output.print(script);
  return 0;
}

export function completionScript(program: Command, shell: Shell): string {
  const nodes = tree(program);
  return { bash, zsh, fish }[shell](nodes);
}

function tree(program: Command): readonly Node[] {
  const common = program.options.filter((option) => option.long !== "--version");
  const visit = (command: Command, path: string): Node[] => {
    const options = [...command.options, ...(command === program ? [] : common)].flatMap((option) =>
      option.long === undefined || option.long === null ? [] : [{ flag: option.long, description: option.description }],
    );
    const node: Node = {
      path,
      commands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
      options: [...options, { flag: "--help", description: "print help" }],
    };
    return [node, ...command.commands.flatMap((child) => visit(child, `${path} ${child.name()}`.trim()))];
  };
  return visit(program, "");
}

/** Words that may follow, in order. */
const words = (node: Node): string =>
  [...node.commands.map(({ name }) => name), ...node.options.map(({ flag }) => flag)].join(" ");

function bash(nodes: readonly Node[]): string {
  const cases = nodes.map((node) => `    "${node.path}") words="${words(node)}" ;;`);
  return `# migrate: completion for bash. Add to ~/.bashrc: source <(migrate completion bash)
_migrate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " ${nodes
      .map((node) => node.path)
      .filter((path) => path !== "")
      .join("; ")};" in
      *" \${path:+$path }$word;"*) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$current"))
  return 0
}
complete -F _migrate migrate
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function zsh(nodes: readonly Node[]): string {
  const described = (name: string, description: string): string =>
    quoted(`${name}:${description.replaceAll(":", "\\:")}`);
  const cases = nodes.map((node) => {
    const entries = [
      ...node.commands.map(({ name, description }) => described(name, description)),
      ...node.options.map(({ flag, description }) => described(flag, description)),
    ];
    return `    ${quoted(node.path)}) entries=(${entries.join(" ")}) ;;`;
  });
  return `#compdef migrate
# migrate: completion for zsh. Save as _migrate in a folder of $fpath: migrate completion zsh > ~/.zfunc/_migrate
_migrate() {
  local path_="" word next
  local -a entries known
  known=(${nodes
    .filter((node) => node.path !== "")
    .map((node) => quoted(node.path))
    .join(" ")})
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${path_:+$path_ }$word"
    (( \${known[(Ie)$next]} )) && path_="$next"
  done
  case "$path_" in
${cases.join("\n")}
  esac
  _describe 'migrate' entries || _files
}
if [ "$funcstack[1]" = "_migrate" ]; then _migrate "$@"; else compdef _migrate migrate; fi
`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap((node) => {
    const condition =
      node.path === ""
        ? "__fish_use_subcommand"
        : node.path
            .split(" ")
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join("; and ");
    const siblings = node.commands.map(({ name }) => name).join(" ");
    const once = node.path === "" || siblings === "" ? "" : `; and not __fish_seen_subcommand_from ${siblings}`;
    return [
      ...node.commands.map(
        ({ name, description }) =>
          `complete -c migrate -n ${quoted(condition + once)} -f -a ${name} -d ${quoted(description)}`,
      ),
      ...node.options.map(
        ({ flag, description }) =>
          `complete -c migrate -n ${quoted(condition)} -l ${flag.slice(2)} -d ${quoted(description)}`,
      ),
    ];
  });
  return `# migrate: completion for fish. Save: migrate completion fish > ~/.config/fish/completions/migrate.fish\n${lines.join("\n")}\n`;
}
