import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import * as engineModule from "@prisma/schema-engine-wasm/schema_engine_bg";
import { toPoolConfig } from "./url.ts";

/**
 * Runs work with Prisma's schema engine in its WebAssembly build, and closes the connections that it opened. The native engine is
 * a separate download from a host that many networks block; this one is an npm package.
 *
 * @param adapter connects the engine to the database
 * @throws Error with the engine's message
 */
export async function withSchemaEngine<T>(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  work: (engine: engineModule.SchemaEngine) => Promise<T>,
): Promise<T> {
  await instantiate();
  const opened: SqlDriverAdapter[] = [];
  const remember = async (connection: Promise<SqlDriverAdapter>) => {
    opened.push(await connection);
    return connection;
  };
  const engine = await engineModule.SchemaEngine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory({
      provider: adapter.provider,
      adapterName: adapter.adapterName,
      connect: () => remember(adapter.connect()),
      connectToShadowDb: () => remember(adapter.connectToShadowDb()),
    }),
  );
  try {
    return await work(engine);
  } finally {
    for (const connection of opened.reverse()) await connection.dispose().catch(() => undefined);
    engine.free();
  }
}

/** The engine's query for its own lock, which {@link createMigrationAdapter} answers without taking it. */
const ENGINE_LOCK = /^select pg_advisory_lock\(72707369\)$/i;

/**
 * Creates the adapter for a database, with two connections since migrations run one after the other. The caller must hold the
 * migration lock: the engine's own lock belongs to a session and would stay behind in a pooler.
 */
export function createMigrationAdapter(url: string): SqlMigrationAwareDriverAdapterFactory {
  const { schema, ...pool } = toPoolConfig(url, 2);
  const factory = new PrismaPg(pool, { schema });
  const asEngine = async (connection: Promise<SqlDriverAdapter>) => forEngine(await connection);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: () => asEngine(factory.connect()),
    connectToShadowDb: () => asEngine(factory.connectToShadowDb()),
  };
}

/**
 * Wraps a connection so that a script is sent whole. The adapter would split it at every semicolon, also inside texts and
 * functions, and the pieces would not be one transaction.
 */
function forEngine(connection: SqlDriverAdapter): SqlDriverAdapter {
  return {
    provider: connection.provider,
    adapterName: connection.adapterName,
    queryRaw: (query) => connection.queryRaw(query),
    executeRaw: async (query) => (ENGINE_LOCK.test(query.sql.trim()) ? 0 : await connection.executeRaw(query)),
    executeScript: async (sql) => {
      await connection.executeRaw({ sql, args: [], argTypes: [] });
    },
    startTransaction: (level) => connection.startTransaction(level),
    getConnectionInfo: () => connection.getConnectionInfo?.() ?? { supportsRelationJoins: false },
    dispose: () => connection.dispose(),
  };
}

let instantiated: Promise<void> | undefined;

function instantiate(): Promise<void> {
  instantiated ??= (async () => {
    const path = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
    const bytes = await readFile(path.replace(/\.js$/, ".wasm"));
    // The engine calls this global before a panic traps.
    Object.assign(globalThis, {
      PRISMA_WASM_PANIC_REGISTRY: {
        set_message: (message: string) => console.error(`Prisma schema engine: ${message}`),
      },
    });
    const { instance } = await WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": importsOf(engineModule) });
    engineModule.__wbg_set_wasm(instance.exports);
    (instance.exports.__wbindgen_start as () => void)();
  })();
  return instantiated;
}

/** Unrefs the engine's timers: it never clears the ten seconds of its lock, and a command would not exit before. */
function importsOf(module: object): WebAssembly.ModuleImports {
  const imports: WebAssembly.ModuleImports = { ...module };
  for (const name of Object.keys(imports)) {
    if (name.startsWith("__wbg_setTimeout_")) {
      imports[name] = (callback: () => void, delayMs: number) => setTimeout(callback, delayMs >>> 0).unref();
    }
  }
  return imports;
}
