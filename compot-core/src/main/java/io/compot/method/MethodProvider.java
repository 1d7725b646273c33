package io.compot.method;

import io.compot.setting.Schema;
import java.util.List;

/**
 * Methods from outside this project: a class of this type that is named in a file {@code
 * META-INF/services/io.compot.method.MethodProvider} on the class path adds its methods to those
 * that commands, recipes and comparisons know.
 */
public interface MethodProvider {

  /** Their schemas. */
  List<Schema<? extends CompressionMethod>> methods();
}
