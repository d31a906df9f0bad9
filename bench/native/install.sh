#!/bin/sh
# The compiler and libraries of the native contenders, on Debian.
set -eu
apt-get install --yes --no-install-recommends gcc libc6-dev libfftw3-dev libopenblas-dev
