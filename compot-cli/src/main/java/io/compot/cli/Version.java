package io.compot.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints; loads no native library. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    return new String[] {
      "compot " + ofCompot(), "JDK " + Runtime.version(), "libtorch " + ofLibtorch()
    };
  }

  static String ofCompot() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "(from classes)" : version;
  }

  private static String ofLibtorch() {
    String description = "/META-INF/maven/org.bytedeco/pytorch/pom.properties";
    try (InputStream in = Version.class.getResourceAsStream(description)) {
      if (in == null) {
        return "(unknown version)";
      }
      var properties = new Properties();
      properties.load(in);
      return properties.getProperty("version", "(unknown version)");
    } catch (IOException _) {
      return "(unknown version)";
    }
  }
}
