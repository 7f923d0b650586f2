# The image of cnb-conformance; docs/install.md says how to use it. Builds with BuildKit and with the classic builder.
#
#   docker build --tag cnb-conformance .
#   docker run --rm -v ./out/lifecycle:/cnb/lifecycle cnb-conformance run
#
# PIP_OPTIONS says where packages come from. Without a network, put wheels into the folder `wheels`:
# --build-arg PIP_OPTIONS="--no-index --find-links wheels".
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
ARG PIP_OPTIONS
WORKDIR /source
COPY . .
# pip 25.3 and newer read the second variable when building the wheel, older ones the first
RUN export PIP_CONSTRAINT="$PWD/constraints.txt" PIP_BUILD_CONSTRAINT="$PWD/constraints.txt" \
 && python -m venv --without-pip /opt/cnb-conformance \
 && python -m pip --python /opt/cnb-conformance/bin/python install \
      --disable-pip-version-check --no-cache-dir $PIP_OPTIONS .

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="cnb-conformance" \
      org.opencontainers.image.description="Conformance suite for implementations of the Cloud Native Buildpacks lifecycle" \
      org.opencontainers.image.documentation="https://buildpacks.github.io/pytest-cnb-report/install.html" \
      org.opencontainers.image.source="https://github.com/buildpacks/pytest-cnb-report" \
      org.opencontainers.image.url="https://github.com/buildpacks/pytest-cnb-report" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/cnb-conformance /opt/cnb-conformance
ENV PATH=/opt/cnb-conformance/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/home/conformance \
    CNB_CONFORMANCE_OUTPUT=/results
# The folders are writable for every user, so that --user can be the owner of a mounted folder. The user has a
# name because a lifecycle's creator may look it up.
RUN mkdir -p -m 1777 /home/conformance /results /work \
 && echo "conformance:x:1000:1000::$HOME:/bin/sh" >>/etc/passwd
WORKDIR /work
USER 1000:1000
ENTRYPOINT ["cnb-conformance"]
CMD ["--help"]
