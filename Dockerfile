# The standalone server: see docs/deploy.md#docker. Images are not built by our CI.

FROM node:22-bookworm AS built
WORKDIR /signalbox
COPY . .
# Builds, too.
RUN npm ci --no-audit --no-fund

# Where there is no binary of SQLite, this image has what it takes to compile it.
FROM node:22-bookworm AS dependencies
WORKDIR /signalbox
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim
ENV NODE_ENV=production SIGNALBOX_DATA=/data
WORKDIR /signalbox
COPY package.json package-lock.json ./
COPY --from=dependencies /signalbox/node_modules node_modules
COPY --from=built /signalbox/dist dist
# A user without rights, whose number no user of the machine has: files of the machine are not taken for its own.
RUN chmod +x dist/src/cli/main.js && ln -s /signalbox/dist/src/cli/main.js /usr/local/bin/signalbox && \
  install --directory --owner=10001 --group=10001 --mode=700 /data
USER 10001:10001
VOLUME /data
EXPOSE 5080
# Without a shell, which would keep SIGTERM for itself.
ENTRYPOINT ["node", "/signalbox/dist/src/cli/main.js"]
CMD ["serve"]
