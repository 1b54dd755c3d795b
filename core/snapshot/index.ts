/** Snapshots: the raw extract of a run, kept so that mapping can be changed without reading the source again. */
export { findSnapshot, snapshotUsedBy } from "./find.ts";
export { type SnapshotAbout, snapshotDir, valueOptions } from "./format.ts";
export { type RecordingOptions, recording } from "./recorder.ts";
export { type SnapshotSource, snapshotSource } from "./source.ts";
