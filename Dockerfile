# syntax=docker/dockerfile:1

FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/pip install --require-hashes -r requirements.txt
COPY . .
RUN find . -path './locale/*.po' -exec sh -c \
      '/opt/venv/bin/pybabel compile -i "$1" -o "${1%.po}.mo" -l "$(basename "$(dirname "$(dirname "$1")")")"' _ {} \;
# The settings want values to be there; these are nobody's secret and stay in this stage.
RUN set -a && . .ci/production.env && set +a \
    && STATIC_ROOT=/app/staticfiles /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf .ci var

FROM python:3.12-slim-bookworm
# `manage.py backup` and `restore` need the client programs of the server's version (docker-compose.yml), which Debian
# bookworm itself doesn't have.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install --yes --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 watson \
    && useradd --system --uid 10001 --gid watson --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin watson \
    && install -d -o watson -g watson /data /data/media
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=watson.settings \
    PG_BIN=/usr/lib/postgresql/17/bin \
    STATIC_ROOT=/app/staticfiles \
    MEDIA_ROOT=/data/media \
    BEAT_SCHEDULE_FILE=/tmp/beat
WORKDIR /app
USER watson
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "watson.wsgi", "--bind", "0.0.0.0:8000"]
