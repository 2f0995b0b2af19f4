import type { NextConfig } from "next";

const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=()" },
];

const config: NextConfig = {
  poweredByHeader: false,
  // These resolve files beside themselves or bring their own binaries, and are loaded as packages rather than bundled.
  serverExternalPackages: ["pg", "@prisma/adapter-pg", "@prisma/client", "pacote", "tar"],
  headers: async () => [{ source: "/:path*", headers: securityHeaders }],
};

export default config;
