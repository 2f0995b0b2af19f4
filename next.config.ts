import type { NextConfig } from "next";

// The content security policy is not among these: it carries a nonce for each page, see proxy.ts.
const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=()" },
];

const config: NextConfig = {
  poweredByHeader: false,
  // The image runs a server that carries all it needs; `npm start` runs Next from node_modules.
  output: process.env.CATWALK_BUILD === "image" ? "standalone" : undefined,
  // These resolve files beside themselves or bring their own binaries, and are loaded as packages rather than bundled.
  serverExternalPackages: ["pg", "@prisma/adapter-pg", "@prisma/client", "pacote", "tar"],
  // Which package index of Python the build found: read where no package client of Python is.
  outputFileTracingIncludes: { "/*": ["lib/analysis/generated/**/*.json"] },
  // Types are checked by `npm run types` and in CI; a person who starts Catwalk does not wait for that.
  typescript: { ignoreBuildErrors: true },
  // A workspace whose sources are TypeScript.
  transpilePackages: ["mcp-host"],
  agentRules: false,
  headers: async () => [{ source: "/:path*", headers: securityHeaders }],
};

export default config;
