/** Opens a migration: configuration, source, target, model, mappings, order. Everything that is wrong is told at once. */
import { join } from "node:path";
import { readConfig } from "../config.ts";
import { unknownObjects } from "../config-named.ts";
import type { ConnectorRegistry, ReplacedFile, SourceConnector } from "../connector.ts";
import type { Context } from "../context.ts";
import { loadEnvironment } from "../env.ts";
import { type LoadedMappings, parseMappings, tryMappings } from "../mapping/load.ts";
import { orderStages } from "../mapping/order.ts";
import type { MappingSet } from "../mapping/types.ts";
import { wantedOf } from "../mapping/wanted.ts";
import { loadModel } from "../model/load.ts";
import type { SourceSchema, TargetModel } from "../schema.ts";
import type { Database } from "../store/database.ts";
import { withCreatedFields } from "./created-fields.ts";
import { sliceByDate } from "./date-slice.ts";
import { Findings } from "./findings.ts";
import { asPlanned } from "./lock.ts";
import { addressed, modelOf, noDatabase, openSnapshot, openTarget, optionsOf, until, withFiles } from "./open-sides.ts";
import { assertSourceAsPlanned } from "./plan-drift.ts";
import { stagesReading } from "./run-about.ts";
import type { Session } from "./session.ts";
import { soundMappings } from "./sound-mappings.ts";
import { resolveSourceName } from "./source-name.ts";
import type { PlanLock } from "./types.ts";

export interface OpenOptions {
  readonly registry: ConnectorRegistry;
  readonly context: Context;
  /**
   * true: errors of mapping files alone do not stop it as long as a mapping is sound. The session has the sound ones then, and
   * `mappingErrors`. For who looks at everything and loads nothing.
   */
  readonly despiteErrors?: boolean;
  /** false: the target is neither started nor connected; `session.database` then throws when it is used. */
  readonly connectTarget?: boolean;
  /** A run whose snapshot is read instead of the source: the connector is not even made. */
  readonly fromSnapshot?: string | null;
  /** Files that are read in the place of those of source objects: only what reads them is loaded. Paths start at migration.yaml. */
  readonly files?: readonly ReplacedFile[];
  /** A stage of a cutover that ends at a date of its own: stands in place of `scope.until`. Absent: scope.until. */
  readonly until?: string | null;
  /**
   * A run that follows a plan: what the mappings lack now and the plan saw stops it as PLAN_DRIFT, as far as `only` reads it.
   */
  readonly follow?: { readonly lock: PlanLock; readonly only: readonly string[] | null } | null;
}

type Tried = Awaited<ReturnType<typeof tryMappings>>;

const isSound = ({ problems }: Tried): boolean => !problems.some(({ severity }) => severity === "error");

/**
 * The mappings with what the plan saw of the source; null: they are wrong with it, too. Throws StoppedError PLAN_DRIFT where
 * what is to be read lacks some of it.
 */
async function plannedMappings(
  against: (schema: SourceSchema) => Promise<Tried>,
  schema: SourceSchema,
  follow: OpenOptions["follow"] | null,
): Promise<Tried | null> {
  if (!follow) return null;
  const { lock, only } = follow;
  const then = await against(asPlanned(schema, lock));
  if (then.set === null || !isSound(then)) return null;
  const read = then.set.mappings.filter(({ object }) => only === null || only.includes(object));
  assertSourceAsPlanned(lock, schema, new Set(read.flatMap(({ sources }) => sources)));
  return then;
}

/**
 * Opens everything a command needs. Throws one ConfigError with all problems of the configuration, the source, the mappings
 * and the target's connection, as far as each can be looked at without the others. The embedded database is not started for
 * a migration that is wrong. The caller closes the session.
 */
export async function openSession(configFile: string, options: OpenOptions): Promise<Session> {
  const { registry } = options;
  const {
    config: written,
    problems,
    readable,
  } = await readConfig(configFile, {
    env: options.context.env,
    sourceOptions: async (name) => (await registry.load(name)).options,
    targetOptions: async (name) => (await registry.loadTarget(name)).options,
  });
  const findings = new Findings();
  findings.add(problems);
  const parsed = readable.mappings ? await findings.attempt(() => parseMappings(written)) : null;
  if (!readable.source || parsed === null) {
    if (parsed !== null) findings.add(parsed.problems);
    findings.throwIfAny();
  }
  const files = options.files ?? [];
  const config = until(await withFiles(written, registry, files), options.until);
  const context = { ...options.context, env: await loadEnvironment(config.baseDir, options.context.env) };
  const runsDir = join(config.baseDir, "runs");
  const connected = options.connectTarget !== false;
  let source: SourceConnector | null = null;
  let database: Database | null = null;
  const close = async () => {
    await source?.close().catch(() => undefined);
    await database?.close().catch(() => undefined);
  };
  try {
    const opened = await findings.attempt(async () => {
      const module = await registry.load(config.source.connector);
      const snapshot = options.fromSnapshot ? await openSnapshot(config, runsDir, options.fromSnapshot, context) : null;
      source = snapshot ?? module.create(optionsOf(config, module), config.baseDir, context);
      await source.open().catch((error: unknown) => {
        throw snapshot === null ? addressed(error, config) : error;
      });
      const sourceSchema = await source.describe(wantedOf(parsed!.raw));
      return { source, snapshot, sourceSchema };
    });
    let told = false;
    const tellParsed = (): void => {
      if (!told) findings.add(parsed!.problems);
      told = true;
    };
    const check = async (model: TargetModel): Promise<LoadedMappings | null> => {
      if (opened === null) return null;
      const against = (sourceSchema: SourceSchema) =>
        tryMappings(config, {
          sourceSchema,
          resolveSource: (name) => resolveSourceName(sourceSchema, name),
          model,
          capabilities: opened.source.capabilities,
        });
      const now = await against(opened.sourceSchema);
      const then = isSound(now) ? null : await plannedMappings(against, opened.sourceSchema, options.follow ?? null);
      const { set, problems: found } = then ?? now;
      findings.add(found);
      told = true;
      return set === null ? null : { set, warnings: found };
    };
    if (parsed!.complete)
      findings.add(
        unknownObjects(
          config,
          parsed!.raw.mappings.map(({ object }) => object),
        ),
      );
    // mapping errors are told before a database is started for nothing
    let model: TargetModel | null = null;
    let checked: LoadedMappings | null = null;
    if (config.target.model !== "introspect" && readable.model) {
      model = await findings.attempt(async () =>
        withCreatedFields(await loadModel(config.target.model, config.target.schema), parsed!.raw),
      );
      if (model !== null) checked = await check(model);
    }
    // null: what is wrong is told, and nothing else can be looked at
    const sound = (): MappingSet | null => {
      tellParsed();
      if (findings.problems.length === 0) return checked?.set ?? null;
      if (options.despiteErrors !== true || checked === null) return null;
      return soundMappings(checked.set, findings.problems, [...parsed!.problems, ...checked.warnings]);
    };
    if (connected && config.target.url === "" && (findings.problems.length > 0 || parsed!.problems.length > 0)) {
      if (sound() === null) findings.throwIfAny();
    }
    if (!connected) database = noDatabase();
    else if (readable.target) database = await findings.attempt(() => openTarget(config, context));
    if (config.target.model === "introspect" && database !== null) {
      const there = database;
      model = await findings.attempt(async () =>
        withCreatedFields(await modelOf(config, registry, there, connected), parsed!.raw),
      );
      if (model !== null) checked = await check(model);
    }
    const usable = sound();
    if (usable === null) findings.throwIfAny();
    const target = await registry.loadTarget(config.target.connector);
    const set = { ...usable!, mappings: sliceByDate(usable!.mappings, opened!.sourceSchema, config) };
    const scoped = config.scope.objects;
    const inScope = orderStages(set.mappings, model!).filter(
      (stage) => scoped === null || scoped.includes(stage.mapping.object),
    );
    const stages = stagesReading(inScope, files);
    return {
      config,
      context,
      source: opened!.source,
      sourceSchema: opened!.sourceSchema,
      database: database!,
      target,
      model: model!,
      mappings: set,
      unsliced: usable!.mappings,
      mappingWarnings: checked!.warnings,
      ...(findings.problems.length === 0 ? {} : { mappingErrors: findings.problems }),
      stages,
      snapshot: opened!.snapshot,
      openFile: (path) => registry.openFile(path, context),
      runsDir,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
