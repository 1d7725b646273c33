package io.compot.result;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.bytedeco.pytorch.global.torch;

/** What did the work: the report needs it to be repeatable. */
public final class Versions {

  private Versions() {}

  /** Names and versions, in a fixed order. */
  public static Map<String, String> all() {
    var versions = new LinkedHashMap<String, String>();
    String own = Versions.class.getPackage().getImplementationVersion();
    versions.put("compot", own == null ? "from classes" : own);
    versions.put("java", Runtime.version().toString());
    versions.put("libtorch", libtorch());
    versions.put("threads", Integer.toString(torch.get_num_threads()));
    return versions;
  }

  /** Those on which the bytes of results depend. */
  public static Map<String, String> deciding() {
    var versions = all();
    versions.remove("java");
    return versions;
  }

  private static String libtorch() {
    String description = "/META-INF/maven/org.bytedeco/pytorch/pom.properties";
    var properties = new Properties();
    try (InputStream in = Versions.class.getResourceAsStream(description)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      return "unknown";
    }
    return properties.getProperty("version", "unknown");
  }
}
