# One image for worker, beat, Flower, web and commands. It contains beancount (GPL-2.0) as a program beside ours.
ARG PYTHON=3.13.3-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/pleo-export
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY integration integration
COPY tasks tasks
RUN /opt/pleo-export/bin/pip install '.[beancount,postgres,tracing]'

FROM python:${PYTHON}
RUN groupadd --gid 10001 pleo-export \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/pleo-export --shell /usr/sbin/nologin pleo-export \
 && install --directory --owner=10001 --group=10001 /var/lib/pleo-export /etc/pleo-export
COPY --from=build /opt/pleo-export /opt/pleo-export
COPY tasks/flowerconfig.py /etc/pleo-export/flowerconfig.py
ENV PATH=/opt/pleo-export/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PLEO_EXPORT_CONFIG=/etc/pleo-export/pleo-export.toml \
    PLEO_EXPORT_LOG_FORMAT=json
USER 10001:10001
WORKDIR /var/lib/pleo-export
CMD ["pleo-export", "--help"]
