# Rollguard as a container: `docker build -t rollguard .`; docs/stack.md runs it with everything around it.

# ---- dist/: the compiler is needed here only ----
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# Scripts stay off: `prepare` would build before the sources are here, and no dependency has to run any.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# ---- node_modules/ as it is in production ----
FROM node:20.20.2-bookworm-slim AS dependencies
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

# ---- what runs ----
FROM node:20.20.2-bookworm-slim
# Nothing is installed in a running container, so nothing in it can install. Whoever it runs as writes to /data: a new
# volume gets its permissions.
RUN rm -rf /opt/yarn-* /usr/local/lib/node_modules /usr/local/include \
      /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
    && mkdir -m 1777 /data
ENV NODE_ENV=production \
    ROLLGUARD_DATA=/data \
    ROLLGUARD_REPORTS=/data/reports
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=dependencies /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY rules ./rules
# By number: only so can a scheduler see that it is not root.
USER 1000:1000
EXPOSE 9095
# Ready, not just alive: whoever waits for it wants its webhooks taken.
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9095/-/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
