# docker build -t whatworks .
# docker run -i --rm --user "$(id -u):$(id -g)" -v "$HOME/my-library:/library" whatworks
FROM python:3.13-slim AS built
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY learning_core learning_core
COPY server server
COPY prompts prompts
RUN python -m venv /whatworks && /whatworks/bin/pip install --no-cache-dir .

FROM python:3.13-slim
RUN useradd --create-home --uid 1000 person && mkdir /library /cache && chown person /library && chmod 1777 /cache
COPY --from=built /whatworks /whatworks
USER person
ENV WHATWORKS_LIBRARY=/library WHATWORKS_CACHE=/cache PYTHONUNBUFFERED=1
VOLUME ["/library"]
ENTRYPOINT ["/whatworks/bin/whatworks"]
CMD ["serve"]
