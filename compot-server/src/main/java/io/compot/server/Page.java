package io.compot.server;

import io.compot.server.api.ApiException;
import io.compot.server.api.ServedModel;
import io.compot.server.api.ServedModels;
import io.compot.server.http.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The page to talk to the models. It loads its script and style from here and nothing from
 * anywhere; what models and people write is text to it, never markup.
 */
final class Page {

  private static final Map<String, String> TYPES =
      Map.of(
          "/",
          "text/html; charset=utf-8",
          "/page.css",
          "text/css; charset=utf-8",
          "/page.js",
          "text/javascript; charset=utf-8");

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** The reports hold their own policy for what they load; here only who may frame them. */
  private static final String REPORT_POLICY = "frame-ancestors 'none'";

  private final ServedModels models;

  Page(ServedModels models) {
    this.models = models;
  }

  /** Whether something of the page is at a path. */
  static boolean has(String path) {
    return TYPES.containsKey(path);
  }

  /** What is there. */
  Reply of(String path) {
    String name = path.equals("/") ? "page.html" : path.substring(1);
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the program's own " + name + " is missing");
      }
      return Reply.bytes(200, TYPES.getOrDefault(path, ""), in.readAllBytes())
          .with("Content-Security-Policy", POLICY)
          .with("Referrer-Policy", "no-referrer")
          .with("Cache-Control", "no-cache");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A model's compression report.
   *
   * @throws ApiException where it has none
   */
  Reply report(String id) throws ApiException {
    ServedModel model = models.named(id);
    Path file =
        model
            .report()
            .orElseThrow(() ->
                ApiException.notFound("report_not_found", "this model has no compression report"));
    try {
      return Reply.bytes(200, "text/html; charset=utf-8", Files.readAllBytes(file))
          .with("Content-Security-Policy", REPORT_POLICY);
    } catch (IOException e) {
      throw ApiException.notFound("report_not_found", "the compression report cannot be read");
    }
  }
}
