import type { NextConfig } from "next";
import { traceProgram } from "./lib/cli/program-files.ts";
import { RESOURCE_POLICY } from "./lib/http/content-security-policy.ts";
import { SECURITY_HEADERS } from "./lib/http/security-headers.ts";

const securityHeaders = Object.entries(SECURITY_HEADERS).map(([key, value]) => ({ key, value }));

/** The paths that proxy.ts leaves out, but for the authorization server's, which sets policies of its own. */
const NOT_PAGES = ["/api/:path*", "/_next/:path*", "/.well-known/:path*", "/:file(.*\\.[a-z0-9]+)"];

const config: NextConfig = {
  poweredByHeader: false,
  // A redirect from `/api/mcp/ID/` would break preflights and every client that does not follow it: both addresses give the same answer.
  skipTrailingSlashRedirect: true,
  // The image runs a standalone server; `npm start` runs Next from node_modules.
  output: process.env.CATWALK_BUILD === "image" ? "standalone" : undefined,
  // Not bundled: these packages resolve files beside themselves or bring their own binaries.
  serverExternalPackages: ["pg", "@prisma/adapter-pg", "@prisma/client", "oidc-provider", "koa", "light-my-request"],
  outputFileTracingIncludes: {
    // The Python package index that the build found, for hosts without a Python package client.
    "/*": ["lib/analysis/generated/**/*.json"],
    // The program that reads sources runs in a process of its own, from its sources.
    "/api/analyze": traceProgram(process.cwd(), ["lib/analysis/process/main.ts"]),
    "/api/deployments": traceProgram(process.cwd(), ["lib/analysis/process/main.ts"]),
  },
  // `npm run types` and CI check types. The first start of Catwalk must not wait for that.
  typescript: { ignoreBuildErrors: true },
  // A workspace whose sources are TypeScript.
  transpilePackages: ["mcp-host"],
  agentRules: false,
  experimental: {
    // Loaded at their first use instead: the code of all pages and routes takes a third of an idle app's memory.
    preloadEntriesOnStart: false,
    // A first build could only write the compiler's cache, which takes it 8 s and 170 MB. Later ones read it.
    turbopackFileSystemCacheForBuild: process.env.CATWALK_BUILD === undefined,
    // Node would read the server's only with an option that no start gives it, and they are four times as large as its code.
    turbopackSourceMaps: process.env.NODE_ENV !== "production",
  },
  headers: async () => [
    { source: "/:path*", headers: securityHeaders },
    ...NOT_PAGES.map((source) => ({ source, headers: [{ key: "content-security-policy", value: RESOURCE_POLICY }] })),
  ],
};

export default config;
