# The app, with mcp-host, uv and Python: for servers on this host, and as the image of servers' machines on Fly, which start
# /app/mcp-host/dist/main.js in it (lib/runtime/fly/machines/app-image.ts). From the repository's root:
#
#   docker build -t catwalk .
#   docker run --init -p 3000:3000 -e DATABASE_URL=… -e ENCRYPTION_KEY=… -e NEXTAUTH_SECRET=… -v catwalk-data:/data catwalk
# fly.toml gives it by digest.
ARG NODE_IMAGE=node:24-bookworm-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /app
# What the installation reads comes first, so that a change of the code alone does not repeat it.
COPY package.json package-lock.json prisma.config.ts ./
COPY mcp-host/package.json mcp-host/
COPY fly-simulator/package.json fly-simulator/
COPY prisma prisma
COPY lib/cli/generate.ts lib/cli/
RUN npm ci --no-audit --no-fund
COPY . .
RUN CATWALK_BUILD=image NEXT_TELEMETRY_DISABLED=1 npx next build && npm run build -w mcp-host && node lib/cli/image.ts

FROM ${NODE_IMAGE} AS uv
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip
RUN pip install --no-cache-dir --no-compile --target /uv uv==0.13.9

FROM ${NODE_IMAGE}
# uv and a Python look packages of PyPI up, and install them on machines. /data/home and /data/install are the machines' folders.
RUN apt-get update \
  && apt-get install -y --no-install-recommends --no-upgrade ca-certificates python3 \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node /data /data/home /data/install
COPY --from=uv /uv/bin/uv /usr/local/bin/
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 PORT=3000 HOSTNAME=:: CATWALK_DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/.next/standalone ./
USER node
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/api/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["sh", "-c", "node lib/cli/migrate.ts && exec node lib/cli/serve.ts"]
