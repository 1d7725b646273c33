package io.compot.recipe;

import io.compot.error.UsageException;
import io.compot.method.CompressionMethod;
import io.compot.method.structured.HealMethod;
import io.compot.method.structured.LlmPrunerMethod;
import io.compot.method.structured.ReplaceMeMethod;
import io.compot.setting.Refused;
import io.compot.setting.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** All methods: commands, recipes, comparisons and tests ask here. */
public final class Methods {

  /** Those that take parts out of the whole model, and compete with no other for a projection. */
  private static final List<Schema<? extends CompressionMethod>> STRUCTURED =
      List.of(ReplaceMeMethod.SCHEMA, LlmPrunerMethod.SCHEMA, HealMethod.SCHEMA);

  private Methods() {}

  /** Single methods, those of other jars among them, the one that mixes them, structured ones. */
  public static List<Schema<? extends CompressionMethod>> all() {
    List<Schema<? extends CompressionMethod>> all = new ArrayList<>(SingleMethods.all());
    all.add(MixMethod.SCHEMA);
    all.addAll(STRUCTURED);
    return all;
  }

  /** The names of all. */
  public static List<String> names() {
    return all().stream().<String>map(Schema::name).toList();
  }

  /**
   * The one of a name.
   *
   * @throws UsageException where there is none
   */
  public static Schema<? extends CompressionMethod> named(String name) throws UsageException {
    return all().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new UsageException(
                "method %s is unknown; choose one of %s"
                    .formatted(name, String.join(", ", names()))));
  }

  /**
   * A method of which this is said.
   *
   * @throws UsageException where there is no such method, it has no such setting, or not this value
   */
  public static CompressionMethod of(String name, Map<String, String> said) throws UsageException {
    Schema<? extends CompressionMethod> schema = named(name);
    try {
      return schema.of(said);
    } catch (Refused e) {
      throw new UsageException(prefixed("method", name, e));
    }
  }

  /**
   * A method of which more is said.
   *
   * @throws UsageException where it has no such setting, or not this value
   */
  @SuppressWarnings("unchecked") // its own schema is one of its own type
  static CompressionMethod with(CompressionMethod method, Map<String, String> said)
      throws UsageException {
    try {
      return ((Schema<CompressionMethod>) method.schema()).over(method, said);
    } catch (Refused e) {
      throw new UsageException(prefixed("method", method.name(), e));
    }
  }

  /** "method svd has no setting rho", and not "svd has no setting rho". */
  static String prefixed(String what, String name, Refused e) {
    String message = String.valueOf(e.getMessage());
    return message.startsWith(name + " has ") ? what + " " + message : message;
  }
}
