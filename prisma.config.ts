import { defineConfig } from "prisma/config";

// The URL is only read by the commands that connect; `generate` needs none.
export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env.DATABASE_URL ?? "postgresql://localhost:5432/catwalk" },
});
