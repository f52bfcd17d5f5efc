# syntax=docker/dockerfile:1
# The image of web, worker, beat, migrate and sandbox. Base images are pinned by version; Python packages by hash, npm packages by lock.

FROM node:22.14.0-bookworm-slim AS packages
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11.11-slim-bookworm AS python
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock /build/
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --require-hashes --requirement /build/requirements.lock

FROM python:3.11.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OMS_MODE=production OMS_ENV_FILE="" OMS_DATA_DIR=/data
RUN groupadd --system --gid 10001 oms && useradd --system --uid 10001 --gid oms --no-create-home --home-dir /nonexistent oms \
    && install --directory --owner=oms --group=oms /data
WORKDIR /app
COPY --from=python /opt/venv /opt/venv
COPY --from=packages /build/node_modules ./node_modules
COPY manage.py pyproject.toml ./
COPY oms ./oms
COPY orders ./orders
COPY warehouse ./warehouse
COPY finance ./finance
COPY promotions ./promotions
COPY integrations ./integrations
COPY templates ./templates
COPY static ./static
# The values are needed to read the settings and end with this layer's command; nothing of them is kept.
RUN python -m compileall -q oms orders warehouse finance promotions integrations \
    && python -m oms.messages compile \
    && key=$(head -c 32 /dev/urandom | base64 -w0) \
    && OMS_SECRET_KEY="$key$key" OMS_FIELD_KEYS="build:$key" OMS_BLIND_INDEX_KEY="$key" OMS_ALLOWED_HOSTS=build \
       DATABASE_URL=postgresql://build@localhost/build REDIS_URL=redis://localhost/0 \
       python manage.py collectstatic --noinput --verbosity 0
USER oms
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "oms.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "3", "--threads", "8", "--no-control-socket"]
