package io.compot;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.compot.error.CompotException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint is, after a full check of its files, configuration and tensor shapes.
 *
 * @param modelType family, as in config.json
 * @param parameters numbers stored, factors counted as stored
 * @param bytes of all tensors
 * @param dtypes stored type to bytes in it
 * @param window most positions of a sequence
 * @param compression method and ratio; null for an ordinary checkpoint
 * @param projections every projection of the blocks
 */
public record ModelSummary(
    String folder,
    @JsonProperty("model_type") String modelType,
    int blocks,
    long hidden,
    long vocabulary,
    long window,
    long tensors,
    long parameters,
    long bytes,
    Map<String, Long> dtypes,
    @Nullable CompressionFacts compression,
    List<StoredProjection> projections) {

  public ModelSummary {
    projections = List.copyOf(projections);
  }

  /** The compression section of config.json. */
  public record CompressionFacts(String format, int version, String method, double ratio) {}

  /**
   * One projection as it is stored.
   *
   * @param form what stands in the weight's place, by the name of its kind: sparse (dictionary and
   *     code), low-rank, ...; dense where nothing does
   * @param size of that, in words: "k 66, s 33" or "rank 25"; empty where nothing does
   * @param facts the same in numbers: k and s, or rank
   * @param dtype of the numbers, the first part's where there are several
   * @param bits on disk, without the bias
   * @param denseBits of a dense weight of the same stored type
   */
  public record StoredProjection(
      String name,
      String form,
      String size,
      Map<String, Long> facts,
      long in,
      long out,
      String dtype,
      long bits,
      @JsonProperty("dense_bits") long denseBits) {}

  /**
   * Inspects a checkpoint folder.
   *
   * @throws CompotException for anything that would keep the model from running
   */
  public static ModelSummary of(Path folder) throws CompotException {
    return Inspection.of(folder);
  }
}
