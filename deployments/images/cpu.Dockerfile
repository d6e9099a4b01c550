# Orchestration and everything that needs no GPU: server, workers of the pool `cpu`, the web app. Holds no torch.
#   docker build -f deployments/images/cpu.Dockerfile -t popcon-cpu:latest .
FROM python:3.11-slim

RUN useradd --create-home --home-dir /var/lib/popcon --uid 1000 popcon
WORKDIR /opt/popcon
COPY pyproject.toml constraints.txt prefect.yaml README.md LICENSE ./
COPY popcon popcon
COPY blocks blocks
COPY tasks tasks
COPY flows flows
COPY deployments deployments
COPY ui ui
# Editable: `popcon deploy` reads prefect.yaml beside the packages.
RUN pip install --no-cache-dir -c constraints.txt -e ".[s3,dashscope,ui]" \
    && if pip show torch >/dev/null 2>&1; then echo "torch got into the CPU image" >&2; exit 1; fi

USER popcon
ENV POPCON_HOME=/var/lib/popcon/.popcon \
    PREFECT_WORKER_QUERY_SECONDS=1 \
    PREFECT_CLIENT_MAX_RETRIES=8 \
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY=30 \
    DO_NOT_TRACK=1
CMD ["popcon", "--help"]
