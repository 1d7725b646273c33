package io.compot.pipeline;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.file.Sha256;
import io.compot.form.codec.FormJson;
import io.compot.journal.WorkFolder;
import io.compot.plan.Plan;
import io.compot.recipe.MethodJson;
import io.compot.result.CompressionReport;
import io.compot.result.ReportFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the journal says of an output just before it gets its place. A process that ends between
 * that and the end of its work folder has done its work: the next one finds the report.
 *
 * @param report SHA-256 of the report's text
 * @param plan as {@link Plan}, which the report's file leaves out
 */
public record FinishedRun(String report, JsonNode plan) {

  private static final String NAME = "commit";

  private static final JsonMapper JSON =
      JsonMapper.builder().addModule(FormJson.module()).addModule(MethodJson.module()).build();

  /** Says that the output is whole and about to get its place. */
  public static void note(WorkFolder work, Plan plan, byte[] report) throws FailureException {
    work.note(NAME, new FinishedRun(sha256(report), JSON.valueToTree(plan)));
  }

  /** The report of an output that is in its place already. */
  public static Optional<CompressionReport> find(WorkFolder work) throws CompotException {
    var noted = work.find(NAME, FinishedRun.class);
    Path file = work.target().resolve(ReportFiles.JSON_NAME);
    if (noted.isEmpty() || !Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      byte[] text = Files.readAllBytes(file);
      return sha256(text).equals(noted.get().report())
          ? Optional.of(
              JSON.readValue(text, CompressionReport.class)
                  .of(JSON.treeToValue(noted.get().plan(), Plan.class)))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // then it is not ours
    }
  }

  private static String sha256(byte[] text) {
    var digest = Sha256.begin();
    digest.update(text);
    return Sha256.words(digest);
  }
}
