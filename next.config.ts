import type { NextConfig } from "next";

// The content security policy of pages carries a nonce for each, see proxy.ts.
const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=()" },
];

const config: NextConfig = {
  poweredByHeader: false,
  // The image runs a standalone server; `npm start` runs Next from node_modules.
  output: process.env.CATWALK_BUILD === "image" ? "standalone" : undefined,
  // Not bundled: these packages resolve files beside themselves or bring their own binaries.
  serverExternalPackages: [
    "pg",
    "@prisma/adapter-pg",
    "@prisma/client",
    "pacote",
    "tar",
    "oidc-provider",
    "koa",
    "light-my-request",
  ],
  // The Python package index that the build found, for hosts without a Python package client.
  outputFileTracingIncludes: { "/*": ["lib/analysis/generated/**/*.json"] },
  // `npm run types` and CI check types. The first start of Catwalk must not wait for that.
  typescript: { ignoreBuildErrors: true },
  // A workspace whose sources are TypeScript.
  transpilePackages: ["mcp-host"],
  agentRules: false,
  headers: async () => [{ source: "/:path*", headers: securityHeaders }],
};

export default config;
