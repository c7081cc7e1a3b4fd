# The page with live runs, for any container host:
#   docker build --tag forgetdemo . && docker run --publish 7860:7860 forgetdemo
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OMP_WAIT_POLICY=PASSIVE \
    ORT_DISABLE_TELEMETRY=1

WORKDIR /app

# The page's and the live runs' pins of requirements.txt, torch without CUDA.
COPY requirements.txt ./
COPY export/__init__.py export/
COPY export/space/__init__.py export/space/pins.py export/space/
RUN python -m export.space.pins > /tmp/requirements.txt \
    && pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt \
    && rm /tmp/requirements.txt \
    && useradd --create-home --uid 1000 forgetdemo

# Owned by root: the app can read itself, and write only to its home.
COPY app.py LICENSE ./
COPY forgetdemo/ forgetdemo/
COPY export/ export/
COPY web/shared/ web/shared/
COPY assets/ assets/
COPY docs/methods.json docs/

USER 1000
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/readyz', timeout=8)"]
CMD ["python", "app.py", "--host", "0.0.0.0", "--port", "7860", "--runs", "/home/forgetdemo/runs"]
