# The service, its command line and the sandbox in one image. Build: docker build -t reconciler:0.1.0 .
# No process here runs as root, and the root file system may be read-only: everything written goes to
# /var/lib/reconciler (ledger, clone of a remote) and /tmp.

ARG PYTHON=3.12

FROM python:${PYTHON}-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_INPUT=1
RUN python -m venv /opt/reconciler
WORKDIR /build

# Dependencies first: this layer changes only with the lock. Every file must match a hash, nothing is compiled.
COPY requirements/runtime.lock requirements/
RUN /opt/reconciler/bin/pip install --require-hashes --only-binary=:all: -r requirements/runtime.lock

# Our package, from the sources alone. The build backend is in the lock, so nothing else is fetched. Neither it nor pip
# is needed afterwards.
COPY LICENSE README.md pyproject.toml ./
COPY reconciler reconciler
RUN /opt/reconciler/bin/pip install --no-index --no-deps --no-build-isolation . \
 && /opt/reconciler/bin/pip uninstall --yes setuptools pip

FROM python:${PYTHON}-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="reconciler" \
      org.opencontainers.image.description="Keeps a Genesys Cloud organisation's prompts, flows and menus equal to the YAML in git." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# git reads the desired state, ssh is for deploy keys, tzdata for freeze windows.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git openssh-client tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 reconciler \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/reconciler --shell /usr/sbin/nologin reconciler \
 && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/reconciler

COPY --from=build /opt/reconciler /opt/reconciler

ENV PATH=/opt/reconciler/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/var/lib/reconciler \
    RECONCILE_LEDGER_URL=sqlite:////var/lib/reconciler/ledger.db \
    RECONCILE_LISTEN=0.0.0.0:9440

# Numeric, so that Kubernetes can prove it is not root.
USER 10001:10001
WORKDIR /var/lib/reconciler
VOLUME /var/lib/reconciler
EXPOSE 9440
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-I", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['RECONCILE_LISTEN'].rpartition(':')[2]), timeout=3); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]

ENTRYPOINT ["reconcile"]
