#!/usr/bin/env bash
# Builds the server and collects what its image carries: `image-libraries.sh DIRECTORY`.
# Left out are the libraries that only training and compiling need. MAVEN_FLAGS goes to Maven.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $0 DIRECTORY" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

# The directory is relative to each module: only that of the last one, cli, is of use.
libraries=target/image-libraries
rm -rf "cli/$libraries"
# shellcheck disable=SC2086 # Flags are words.
mvn -B -ntp ${MAVEN_FLAGS:-} -pl cli -am -DskipTests -Dspotless.check.skip=true package \
  dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$libraries" \
  -DexcludeGroupIds=ai.djl.pytorch \
  -DexcludeArtifactIds=llvm,offramp-trainer,offramp-compiler
cp "cli/$libraries"/*.jar "$out"
cp cli/target/offramp-cli-*.jar "$out"
