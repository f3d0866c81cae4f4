# Parley in a container: `docker build -t parley .`, then
# `docker run -p 8501:8501 -e PARLEY_AUTH=guest -v parley:/data parley` (or password, or off).
# All that lasts is in the volume: the database, and the files of chats beside it.

FROM debian:bookworm-slim AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /parley
COPY requirements.txt ./
# What was fetched is what was listed. Afterwards nobody installs anything, and what is never used
# here goes: tests, sources and headers for compilers, source maps, parts for notebooks, pyarrow's
# own network clients, and a kind of pictures that is not taken.
RUN python3 -m venv --without-pip .venv \
    && python3 -m venv /pip \
    && /pip/bin/pip --python .venv/bin/python install --no-cache-dir --no-compile \
        --require-hashes --no-deps -r requirements.txt \
    && rm -rf /pip .venv/share .venv/etc .venv/include \
    && cd .venv/lib/python3.11/site-packages \
    && find . -depth -type d \( -name tests -o -name nbextension \) -exec rm -r {} + \
    && find . -regextype egrep -regex '.*\.(map|pyi|pyx|pxd|pxi|c|cc|h|hpp|a)' -delete \
    && rm -rf pyarrow/include pyarrow/liba*.so pyarrow/liba*.so.*.* pyarrow/*flight* pyarrow/*s3* \
        PIL/_avif* pillow.libs/libavif*
COPY . ./
RUN .venv/bin/python -m compileall -q -j 0 -x '/(altair|testing|mssql|mysql|oracle)/' .

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --no-create-home --home-dir /data --shell /usr/sbin/nologin parley \
    && install --directory --owner parley --mode 0700 /data
COPY --from=build /parley /parley
WORKDIR /parley
ENV PATH=/parley/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_PORT=8501 \
    PARLEY_DATABASE_URL=sqlite:////data/parley.db \
    PARLEY_FILES=/data/files
USER parley
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --start-interval=1s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:%s/api/health' % os.environ['STREAMLIT_SERVER_PORT'], timeout=4)"]
CMD ["streamlit", "run", "app.py"]
