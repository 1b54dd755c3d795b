import type { App } from "./app.ts";

/** Runs a command; resolves to the exit code. */
export type Action = (app: App) => Promise<number>;

/** Takes the action of the command that was called; the caller runs it. */
export type Chosen = (action: Action) => void;
