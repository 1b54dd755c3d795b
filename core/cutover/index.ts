/** The staged cutover, as the command line uses it. */
export { readBoard, writeBoard } from "./board.ts";
export type { Bundle } from "./bundle.ts";
export { chooseStage, runStageOfCutover, type StageResult } from "./next.ts";
export { type Signed, signOff, writeEvidence } from "./sign-off.ts";
export type { Board, BoardStage, Gate } from "./types.ts";
export { type Verified, verifyBundle } from "./verify.ts";
