package io.compot.recipe;

import io.compot.method.CompressionMethod;
import io.compot.setting.Kind;
import io.compot.setting.Refused;
import io.compot.setting.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Names of single methods, each once, as they are where nothing is said of them. */
record Competitors() implements Kind<List<CompressionMethod>> {

  @Override
  public List<CompressionMethod> parse(String written) throws Refused {
    List<CompressionMethod> found = new ArrayList<>();
    for (String name : written.split(",", -1)) {
      Optional<? extends Schema<? extends CompressionMethod>> schema =
          SingleMethods.all().stream().filter(each -> each.name().equals(name.strip())).findFirst();
      if (schema.isEmpty() || found.contains(schema.get().standard())) {
        throw new Refused(expected());
      }
      found.add(schema.get().standard());
    }
    return List.copyOf(found);
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
