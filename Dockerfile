# The studio in one container: `manage.py up` keeps web server and worker running.
#   docker build -t dailies . && docker compose up -d
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
# The environment has no pip of its own: nothing is installed once the image is made.
RUN python -m venv --without-pip /opt/venv
COPY requirements.lock /tmp/
# Wheels only, so that no compiler is needed.
RUN python -m pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \
    --only-binary=:all: --requirement /tmp/requirements.lock
COPY manage.py pyproject.toml LICENSE deploy/healthcheck.py /opt/dailies/
COPY static /opt/dailies/static
COPY templates /opt/dailies/templates
COPY studio /opt/dailies/studio
# The root is read-only later, so what Python compiles is compiled now.
RUN /opt/venv/bin/python -m compileall -q /opt/dailies/studio

FROM python:${PYTHON}-slim
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin dailies \
    && install --directory --owner=10001 --group=10001 --mode=0750 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/dailies /opt/dailies
# Who gets in, the published ports decide (compose.yaml); a name on the LAN cannot be told from here.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    MDNS_NAME="" \
    PORT=8000 \
    DEMO_PROVIDER=false
WORKDIR /opt/dailies
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --start-interval=2s --retries=3 \
    CMD ["python", "healthcheck.py"]
CMD ["python", "manage.py", "up"]
