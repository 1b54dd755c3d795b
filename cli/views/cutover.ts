/** The board of a cutover, what a stage came to, and a verified bundle, in lines. */
import { isSigned } from "../../core/cutover/board.ts";
import type { Board, BoardStage, Gate, Verified } from "../../core/cutover/index.ts";
import { counted, oneLine } from "../format.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

const minute = (iso: string): string => iso.slice(0, 16).replace("T", " ");

function what({ objects, until, delta, repeat, freeze }: BoardStage): string {
  const parts = [
    delta ? "delta" : "full",
    ...(objects === null ? [] : [objects.join(", ")]),
    ...(until === null ? [] : [`until ${until}`]),
    ...(repeat ? ["repeatable"] : []),
    ...(freeze ? ["source frozen"] : []),
  ];
  return parts.join(", ");
}

function state(stage: BoardStage, style: Style): string {
  const last = stage.attempts.at(-1);
  switch (stage.state) {
    case "passed":
      return style.green("passed");
    case "failed":
      return style.red(last?.status === "stopped" ? "stopped" : "not passed");
    case "running":
      return style.yellow("begun");
    default:
      return stage.current ? style.bold("next") : style.dim("open");
  }
}

function signed(stage: BoardStage): string {
  const last = stage.attempts.at(-1);
  if (last === undefined || stage.state !== "passed") return "";
  const own = stage.signOffs.filter((one) => isSigned(last, [one]));
  return own.length === 0 ? "not signed" : own.map(({ signer }) => oneLine(signer, 40)).join("; ");
}

const duration = (seconds: number | null): string =>
  seconds === null ? "" : seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 6) / 10} min`;

export function boardLines(board: Board, style: Style): string[] {
  const rows = board.stages.map((stage) => {
    const last = stage.attempts.at(-1);
    return [
      stage.current ? ">" : "",
      stage.name,
      what(stage),
      state(stage, style),
      last === undefined ? "" : minute(last.finishedAt ?? last.startedAt),
      last?.run ?? "",
      signed(stage),
      duration(stage.expectedSeconds),
    ];
  });
  const titles = ["", "stage", "what", "state", "when (UTC)", "run", "signed by", "takes about"];
  const lines = [
    style.bold(`Cutover of ${board.migration}`),
    "",
    ...table(
      titles.map((title) => ({ title })),
      rows,
      { title: style.bold },
    ),
  ];
  const next = board.stages.find(({ current }) => current);
  if (next !== undefined) {
    const failed = next.state === "failed" ? (next.attempts.at(-1)?.gates.filter(({ ok }) => !ok) ?? []) : [];
    if (failed.length > 0)
      lines.push("", style.bold(`Why ${next.name} is not passed`), ...failed.map((gate) => gateLine(gate, style)));
    lines.push("");
    if (next.expectedSeconds === null)
      lines.push(`How long ${next.name} takes is not known: nothing like it was run yet.`);
    else
      lines.push(
        `${next.name} takes about ${duration(next.expectedSeconds)}, the proof not counted: ${next.expectedFrom}.`,
      );
  }
  return lines;
}

const gateLine = ({ gate, ok, found }: Gate, style: Style): string =>
  `  ${ok ? style.green("ok") : style.red("NO")}  ${gate}: ${oneLine(found, 300)}`;

export function gateLines(stage: string, passed: boolean, gates: readonly Gate[], style: Style): string[] {
  const title = passed ? style.green("passed") : style.red("not passed");
  return [`${style.bold(`Stage ${stage}`)}: ${title}`, ...gates.map((gate) => gateLine(gate, style))];
}

export function verifiedLines(verified: Verified, path: string, style: Style): string[] {
  const head = verified.ok ? style.green("the bundle is whole") : style.red("THE BUNDLE WAS TAMPERED WITH");
  return [
    `${style.bold(path)}: ${head}`,
    ...verified.problems.map((problem) => `  ${problem}`),
    "",
    ...(verified.migration === null
      ? []
      : [`Migration ${verified.migration}, written ${verified.createdAt}, ${counted(verified.files, "file")}`]),
    ...verified.signOffs.map(
      ({ stage, signer, signedAt, remark }) =>
        `Stage ${stage}: signed by ${oneLine(signer, 80)} on ${minute(signedAt)} UTC${remark === null ? "" : `: ${oneLine(remark, 200)}`}`,
    ),
    ...(verified.digest === null ? [] : [`Digest sha256:${verified.digest}`]),
  ];
}
