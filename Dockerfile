# Compot in a container: built from this checkout, run as nobody, with only what it needs of a JDK.
#
#   docker build -t compot .
#   docker run --rm --read-only -v compot-native:/cache -v "$PWD:/work" --user "$(id -u)" compot inspect my-model
#
# /cache takes the native libraries (about 480 MB, once); it must be writable and programs may run from there. /work is
# the working folder.
FROM eclipse-temurin:25-jdk AS build
RUN apt-get update && apt-get install -y --no-install-recommends maven && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN mvn -B -q -DskipTests -Dspotless.check.skip=true -Dmaven.javadoc.skip=true -Dmaven.source.skip=true \
      -pl compot-cli -am package \
  && jlink --add-modules java.base,java.compiler,java.desktop,java.management,java.naming,java.sql,jdk.unsupported,jdk.incubator.vector \
      --strip-debug --no-header-files --no-man-pages --compress zip-6 --output /jre

FROM debian:stable-slim
COPY --from=build /jre /opt/java/jre
COPY --from=build /source/compot-cli/target/compot /opt/compot
RUN mkdir -m 1777 /cache /work && ln -s /opt/compot/bin/compot /usr/local/bin/compot
ENV JAVA_HOME=/opt/java/jre COMPOT_NATIVE_CACHE=/cache
USER nobody
WORKDIR /work
ENTRYPOINT ["compot"]
CMD ["--help"]
