# The image of pool `gpu`: PopCon with its models' libraries and, if asked, with weights baked in, so that a worker that
# scales from zero fetches nothing.
#
#   docker build -f deployments/images/gpu.Dockerfile -t popcon-gpu \
#     --build-arg BIREFNET=ZhengPeng7/BiRefNet --build-arg BIREFNET_REVISION=<40 hex digits> \
#     --build-arg SAM2=facebook/sam2.1-hiera-small --build-arg SAM2_REVISION=<40 hex digits> .
#
# Revisions are pinned by whoever builds: BiRefNet brings code of its own, which runs. Read it first. Then set
# POPCON_BIREFNET_PATH=/models/birefnet, POPCON_BIREFNET_TRUST_REMOTE_CODE=true and POPCON_SAM2_PATH=/models/sam2.
ARG PYTHON=3.11
FROM python:${PYTHON}-slim-bookworm

# libgl1 and libglib2.0-0: ultralytics' OpenCV links them.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --home-dir /var/lib/popcon --uid 1000 popcon

WORKDIR /opt/popcon
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY popcon popcon
COPY blocks blocks
COPY tasks tasks
COPY flows flows
COPY deployments deployments
COPY ui ui

# The extra `ultralytics` is AGPL-3.0: name it (EXTRAS=s3,models) only where that is meant.
ARG EXTRAS=s3,torch
RUN pip install --no-cache-dir -c constraints.txt ".[${EXTRAS}]"

ARG BIREFNET=""
ARG BIREFNET_REVISION=""
ARG SAM2=""
ARG SAM2_REVISION=""
RUN python deployments/images/fetch_weights.py /models/birefnet "${BIREFNET}" "${BIREFNET_REVISION}" \
    && python deployments/images/fetch_weights.py /models/sam2 "${SAM2}" "${SAM2_REVISION}"

# From here on nothing is fetched: what is missing is said at once.
ENV HF_HUB_OFFLINE=1 \
    HF_HOME=/var/lib/popcon/.cache/huggingface \
    YOLO_AUTOINSTALL=false \
    YOLO_OFFLINE=true \
    PYTHONUNBUFFERED=1 \
    PREFECT_CLIENT_MAX_RETRIES=8 \
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY=30 \
    DO_NOT_TRACK=1
USER popcon
EXPOSE 8500
# A worker by default; the inference host is `python -m popcon.inference --host 0.0.0.0 --configured` with a token.
CMD ["prefect", "worker", "start", "--pool", "gpu"]
