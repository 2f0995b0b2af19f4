// The directions in which Catwalk's folders may import each other, held by `npm run directions`. Each folder may import itself, packages,
// and the folders named here. Whoever adds a line should be able to say why the arrow does not point up.

const DIRECTIONS = {
  "lib/util": [],
  "lib/errors": ["lib/util"],
  "lib/env": ["lib/errors", "lib/util"],
  "lib/db": ["lib/env", "lib/errors", "lib/util"],
  "lib/crypto": ["lib/db", "lib/env", "lib/errors", "lib/util"],
  // What every command calls, so it lies below them. Reading it needs to know who asks.
  "lib/admin-log": ["lib/auth/user", "lib/db", "lib/errors", "lib/http/period", "lib/util"],
  "lib/auth": ["lib/admin-log", "lib/crypto", "lib/db", "lib/env", "lib/errors", "lib/http/client-address", "lib/util"],
  "lib/http": ["lib/admin-log", "lib/auth", "lib/env", "lib/errors", "lib/util"],
  "lib/runtime/local": ["lib/errors", "lib/util", "mcp-host"],
  "lib/runtime/fly": ["lib/db", "lib/errors", "lib/http", "lib/util", "mcp-host/node-flags"],
  "lib/settings": [
    "lib/admin-log",
    "lib/auth",
    "lib/crypto",
    "lib/db",
    "lib/env",
    "lib/errors",
    "lib/runtime/fly",
    "lib/util",
  ],
  "lib/setup": [
    "lib/auth",
    "lib/crypto",
    "lib/db",
    "lib/env",
    "lib/errors",
    "lib/runtime/fly",
    "lib/settings",
    "lib/util",
  ],
  "lib/analysis": [
    "lib/db",
    "lib/env",
    "lib/errors",
    "lib/http",
    "lib/settings",
    "lib/util",
    "mcp-host/src/install/spec",
  ],
  "lib/deployments": [
    "lib/admin-log",
    "lib/analysis",
    "lib/auth",
    "lib/crypto",
    "lib/db",
    "lib/env",
    "lib/errors",
    "lib/http",
    "lib/runtime",
    "lib/settings",
    "lib/util",
    "mcp-host/src/install/spec",
    "mcp-host/src/protocol",
    "mcp-host/src/util/redact",
  ],
  "lib/oauth": [
    "lib/admin-log",
    "lib/auth",
    "lib/crypto",
    "lib/db",
    "lib/deployments",
    "lib/env",
    "lib/errors",
    "lib/http/client-address",
    "lib/util",
  ],
  "lib/people": ["lib/admin-log", "lib/auth", "lib/db", "lib/deployments", "lib/errors", "lib/oauth"],
  "lib/gateway": [
    "lib/crypto",
    "lib/db",
    "lib/deployments",
    "lib/env",
    "lib/errors",
    "lib/http",
    "lib/oauth",
    "lib/runtime",
    "lib/util",
    "mcp-host/src/protocol",
  ],
  components: ["lib"],
  app: ["components", "lib"],
  // Composition roots: they wire the domains together, so they may import all of them.
  "lib/boot": ["lib"],
  "lib/cli": ["lib"],
  // mcp-host runs alone on a machine, so it imports nothing from the app.
  "mcp-host": [],
  "fly-simulator": ["lib/runtime/local", "lib/cli/parent", "mcp-host"],
};

/** Files of lib/runtime itself: the contract lies below both runtimes, runtimes.ts wires them to their settings. */
const RUNTIME_CONTRACT = "^lib/runtime/[^/]+\\.ts$";
/** Tests, their helpers, benchmarks and the evaluation may look behind every door. */
const TESTS = "\\.(test|spec)\\.tsx?$|/testing/|/test/|/bench/|/eval/|^e2e/|^\\.ci/|^lib/cli/test\\.ts$";
const OURS = "^(app|components|lib|mcp-host|fly-simulator|e2e|\\.ci)/";

const within = (folder) => `^${folder.replace(/[.]/g, "\\.")}(/|\\.|$)`;

module.exports = {
  forbidden: [
    {
      name: "no-circle",
      comment:
        "No part of a circle can be read, tested or changed alone; types that two files share belong below both.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-test-code",
      comment: "What only tests need must not reach what is shipped.",
      severity: "error",
      from: { pathNot: TESTS },
      to: { path: "\\.(test|spec)\\.tsx?$|/testing/|^e2e/|^mcp-host/test/|^fly-simulator/test/" },
    },
    {
      name: "runtime-contract",
      comment: "The contract and the composition of the runtimes.",
      severity: "error",
      from: { path: RUNTIME_CONTRACT, pathNot: TESTS },
      to: {
        path: OURS,
        pathNot: [
          within("lib/runtime"),
          ...["crypto", "db", "env", "errors", "http", "settings", "util"].map((name) => within(`lib/${name}`)),
        ],
      },
    },
    ...Object.entries(DIRECTIONS).map(([folder, allowed]) => ({
      name: folder,
      severity: "error",
      from: { path: within(folder), pathNot: TESTS },
      to: {
        path: OURS,
        pathNot: [
          within(folder),
          ...(folder.startsWith("lib/runtime/") ? [RUNTIME_CONTRACT.replace("[^/]+", "(?!runtimes)[^/]+")] : []),
          ...allowed.map(within),
        ],
      },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "node_modules|^\\.next/|/generated/" },
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
