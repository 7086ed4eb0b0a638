# For tests only. Plain enough for Docker's classic builder.
#
#   docker build --target emulator  -t aspsp-emulator .
#   docker build --target certs-gen -t aspsp-emulator-certs-gen .
#
# Nothing in it names an architecture: it builds for the one that it is built on, or emulated for.

# Where a mirror has them under other names.
ARG RUST_IMAGE=rust:1-bookworm
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${RUST_IMAGE} AS build
# Open to whatever user a container is given; what is secret in them has a mode of its own.
RUN install -d -o 65532 -g 65532 -m 0777 \
  /out/emulator/authority /out/emulator/kit /out/certs-gen/authority
WORKDIR /build
# .cargo says how aws-lc is built.
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
# Cargo wants to see that the benchmarks which Cargo.toml names are there.
COPY benches benches
COPY certs-gen certs-gen
COPY load/Cargo.toml load/Cargo.toml
COPY load/src load/src
COPY scenarios scenarios
COPY src src
# With --target, crt-static is for the binaries alone: build scripts and procedural macros must stay
# dynamic.
RUN host="$(rustc -vV | sed -n 's/^host: //p')" \
  && RUSTFLAGS='-C target-feature=+crt-static' \
    cargo build --release --locked --bins --target "$host" \
  && install -D -t /out/bin "target/$host/release/aspsp-emulator" "target/$host/release/certs-gen" \
  && rm -rf target

FROM scratch AS emulator
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="aspsp-emulator" \
  org.opencontainers.image.description="A stand-in for banks (ASPSPs) when a TPP registers its software. For tests only." \
  org.opencontainers.image.licenses="MIT OR Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
COPY LICENSE-APACHE LICENSE-MIT THIRD-PARTY-LICENSES.txt /licenses/
# For key sets that the settings allow to be fetched from elsewhere.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/bin/aspsp-emulator /aspsp-emulator
# A new volume has the owner of the folder that it is mounted on.
COPY --from=build --chown=65532:65532 /out/emulator /
# Variables, not arguments, so that they stay when a container is given arguments. A container's
# loopback is reached by nobody: who reaches the control listener is decided by what is published,
# and by ASPSP_EMULATOR_CONTROL_TOKEN, which is asked for in spite of CONTROL_OPEN.
ENV ASPSP_EMULATOR_MTLS_ADDR=0.0.0.0:8443 \
  ASPSP_EMULATOR_TLS_ADDR=0.0.0.0:8444 \
  ASPSP_EMULATOR_CONTROL_ADDR=0.0.0.0:8445 \
  ASPSP_EMULATOR_CONTROL_OPEN=true \
  ASPSP_EMULATOR_AUTHORITY=/authority \
  ASPSP_EMULATOR_KIT=/kit
VOLUME ["/authority", "/kit"]
EXPOSE 8443 8444 8445
USER 65532:65532
STOPSIGNAL SIGTERM
# Asks where ASPSP_EMULATOR_CONTROL_ADDR says. Often, so that whoever waits for it waits for little.
HEALTHCHECK --interval=2s --timeout=6s --start-period=10s --retries=3 CMD ["/aspsp-emulator", "healthcheck"]
ENTRYPOINT ["/aspsp-emulator"]

FROM scratch AS certs-gen
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="certs-gen" \
  org.opencontainers.image.description="Test certificates of open banking from a throw-away authority. For tests only." \
  org.opencontainers.image.licenses="MIT OR Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
COPY LICENSE-APACHE LICENSE-MIT THIRD-PARTY-LICENSES.txt /licenses/
COPY --from=build /out/bin/certs-gen /certs-gen
COPY --from=build --chown=65532:65532 /out/certs-gen /
VOLUME ["/authority"]
USER 65532:65532
ENTRYPOINT ["/certs-gen"]

FROM ${DEBIAN_IMAGE} AS demo
RUN apt-get update -q \
  && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends curl jq \
  && rm -rf /var/lib/apt/lists/*
COPY examples/demo /examples/demo
COPY examples/shell /examples/shell
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["/examples/demo/demo.sh"]

# What is built where no target is named.
FROM emulator
