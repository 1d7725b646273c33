package io.compot.spark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;

/** A standalone cluster of processes on this machine, on loopback alone. */
final class Cluster implements AutoCloseable {

  private static final String LOOPBACK = "127.0.0.1";
  private static final long PATIENCE_MILLISECONDS = 60_000;

  private final Path folder;
  private final int port;
  private final List<Process> processes = new ArrayList<>();

  private Cluster(Path folder, int port) {
    this.folder = folder;
    this.port = port;
  }

  /**
   * Starts it.
   *
   * @param folder for logs and what executors write
   */
  static Cluster start(Path folder, int workers) throws Exception {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Files.createDirectories(folder.resolve("home/jars"));
    var cluster = new Cluster(folder, port);
    boolean whole = false;
    try {
      cluster.launch(
          "master",
          "org.apache.spark.deploy.master.Master",
          "--host",
          LOOPBACK,
          "--port",
          Integer.toString(port),
          "--webui-port",
          "0");
      cluster.await("master", "Starting Spark master");
      for (int i = 0; i < workers; i++) {
        cluster.launch(
            "worker" + i,
            "org.apache.spark.deploy.worker.Worker",
            "--host",
            LOOPBACK,
            "--cores",
            "1",
            "--memory",
            "1g",
            "--webui-port",
            "0",
            "--work-dir",
            folder.resolve("worker" + i).toString(),
            cluster.url());
      }
      for (int i = 0; i < workers; i++) {
        cluster.await("worker" + i, "Successfully registered");
      }
      whole = true;
      return cluster;
    } finally {
      if (!whole) {
        cluster.close();
      }
    }
  }

  static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  /** Runs a program of the tests' class path. */
  Process launch(String name, String program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPENED);
    command.add("-Xmx512m");
    command.add("-Dspark.master.rest.enabled=false");
    properties().forEach((key, value) -> command.add("-D" + key + "=" + value));
    command.addAll(List.of("-cp", classPath(), program));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(log(name).toFile());
    builder.environment().put("SPARK_HOME", folder.resolve("home").toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", LOOPBACK);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private static final List<String> OPENED =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/java.lang.invoke=ALL-UNNAMED",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");

  Path log(String name) {
    return folder.resolve(name + ".log");
  }

  private void await(String name, String words) throws Exception {
    long end = System.currentTimeMillis() + PATIENCE_MILLISECONDS;
    while (!Files.readString(log(name)).contains(words)) {
      if (System.currentTimeMillis() > end) {
        throw new IllegalStateException(name + ": " + Files.readString(log(name)));
      }
      Thread.sleep(50);
    }
  }

  String url() {
    return "spark://%s:%d".formatted(LOOPBACK, port);
  }

  /** What a program that leads work here is to be told. */
  SparkConf conf() {
    var conf = new SparkConf().setAppName("test");
    properties().forEach(conf::set);
    return conf;
  }

  private Map<String, String> properties() {
    return Map.of(
        "spark.master",
        url(),
        "spark.ui.enabled",
        "false",
        "spark.driver.bindAddress",
        LOOPBACK,
        "spark.driver.host",
        LOOPBACK,
        "spark.task.maxFailures",
        "3",
        "spark.executor.memory",
        "512m",
        "spark.executor.extraClassPath",
        classPath(),
        "spark.executor.extraJavaOptions",
        "--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow");
  }

  /** Processes that do tasks now: only workers have children. */
  List<ProcessHandle> executors() {
    return processes.stream().flatMap(Process::children).toList();
  }

  @Override
  public void close() {
    executors().forEach(ProcessHandle::destroyForcibly);
    for (Process each : processes.reversed()) {
      each.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
  }
}
