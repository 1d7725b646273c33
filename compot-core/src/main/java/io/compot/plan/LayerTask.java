package io.compot.plan;

import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.form.codec.FormJson;
import io.compot.method.CompressionMethod;
import io.compot.recipe.MethodJson;
import io.compot.tensor.Dtype;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * One projection to factorise, as a value: with files for its inputs, all that a worker anywhere
 * needs to make the very bytes that another would make.
 *
 * @param name of the projection, without {@code .weight}
 * @param method that makes the factors, with its settings
 * @param form of the factors
 * @param stored type of the factors
 * @param before bits of the dense weight
 * @param why the allocation's reason for this form
 * @param seed for methods that draw random numbers
 * @param inputs files of what the method is given; empty where the worker has it at hand
 * @param output file for the packed factors
 */
public record LayerTask(
    String name,
    CompressionMethod method,
    Form form,
    Dtype stored,
    long before,
    String why,
    long seed,
    Map<Input, InputFile> inputs,
    Path output) {

  private static final JsonMapper JSON =
      JsonMapper.builder().addModule(FormJson.module()).addModule(MethodJson.module()).build();

  /** What a method may be given. */
  public enum Input {
    WEIGHT,
    TARGET,
    WHITENING,
    ORIGINAL_WHITENING,
    OUTPUT_METRIC
  }

  /** A file, known by its content. */
  public record InputFile(Path file, String sha256) {}

  public LayerTask {
    inputs = Map.copyOf(inputs);
  }

  /** The same with files for its inputs. */
  public LayerTask with(Map<Input, InputFile> files) {
    return new LayerTask(name, method, form, stored, before, why, seed, files, output);
  }

  /** The same with another place for the factors. */
  public LayerTask to(Path file) {
    return new LayerTask(name, method, form, stored, before, why, seed, inputs, file);
  }

  /** The task as JSON. */
  public String json() {
    return JSON.writeValueAsString(this);
  }

  /**
   * Reads what {@link #json} wrote.
   *
   * @param where for messages
   * @throws InputException where it is no task, or names a method, setting or form that is not here
   */
  public static LayerTask read(Path where, String json) throws InputException {
    try {
      return JSON.readValue(json, LayerTask.class);
    } catch (JacksonException e) {
      throw InputException.in(
          where, "task", e.getOriginalMessage(), "use the Compot that wrote it");
    }
  }

  /** A seed of its own for each projection, whatever the order of work. */
  public static long seed(long seed, String name) {
    return 31 * seed + name.hashCode();
  }
}
