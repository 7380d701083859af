#!/usr/bin/env bash
# Starts one runtime of EDC with our extensions, and becomes it.
#   start.sh connector|hub CONFIG.properties WORKDIR
# Needs a JDK (17 or newer) and Maven; resolves EDC from Maven Central once for each WORKDIR.
set -eu -o pipefail
kind=$1 config=$2 work=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$work/$kind/META-INF/services"
mvn -B -q -f "$here/pom.xml" -P "$kind" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath \
  -Dmdep.outputFile="$work/$kind.classpath" >"$work/$kind.resolve.log" 2>&1
classpath=$(cat "$work/$kind.classpath")
javac -nowarn -proc:none -d "$work/$kind" -cp "$classpath" "$here/$kind"/*.java
for source in "$here/$kind"/*.java; do
  echo "interoperability.$(basename "$source" .java)"
done >"$work/$kind/META-INF/services/org.eclipse.edc.spi.system.ServiceExtension"
exec java -Xmx450m -Dedc.fs.config="$config" -cp "$work/$kind:$classpath" org.eclipse.edc.boot.system.runtime.BaseRuntime --log-level=DEBUG
