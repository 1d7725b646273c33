package io.compot.recipe;

import io.compot.method.CompressionMethod;
import io.compot.method.quantised.RoundedFactors;
import io.compot.setting.Kind;
import io.compot.setting.Refused;
import io.compot.setting.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Names of single methods, each once, as they are where nothing is said of them; those that
 * factorise have factors of several widths compete.
 */
record Competitors() implements Kind<List<CompressionMethod>> {

  @Override
  public List<CompressionMethod> parse(String written) throws Refused {
    List<CompressionMethod> found = new ArrayList<>();
    for (String name : written.split(",", -1)) {
      Optional<? extends Schema<? extends CompressionMethod>> schema =
          SingleMethods.all().stream().filter(each -> each.name().equals(name.strip())).findFirst();
      if (schema.isEmpty() || found.stream().anyMatch(each -> each.name().equals(name.strip()))) {
        throw new Refused(expected());
      }
      found.add(competitor(schema.get().standard()));
    }
    return List.copyOf(found);
  }

  private static CompressionMethod competitor(CompressionMethod standard) {
    return standard instanceof RoundedFactors factors
        ? factors.withWidth(Optional.empty())
        : standard;
  }

  @Override
  public String write(List<CompressionMethod> value) {
    return value.stream().map(CompressionMethod::name).collect(Collectors.joining(","));
  }

  @Override
  public String expected() {
    return "a list of methods, each once, of "
        + SingleMethods.all().stream().map(Schema::name).collect(Collectors.joining(", "));
  }

  @Override
  public String label() {
    return "METHOD,...";
  }
}
