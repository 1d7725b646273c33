package io.compot.server.api;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request is not answered: a status and OpenAI's error object. */
public final class ApiException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final @Nullable String param;
  private final @Nullable String code;

  /**
   * @param param the field that is to blame; null where there is none
   * @param code a name of the kind of error; null where it has none
   */
  public ApiException(
      int status, String type, @Nullable String param, @Nullable String code, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  /** A field that makes no sense. */
  public static ApiException bad(@Nullable String param, String message) {
    return new ApiException(400, "invalid_request_error", param, null, message);
  }

  /** The request and its answer do not fit the model's context. */
  public static ApiException tooLong(String param, String message) {
    return new ApiException(
        400, "invalid_request_error", param, "context_length_exceeded", message);
  }

  /** Something that is not there. */
  public static ApiException notFound(String code, String message) {
    return new ApiException(404, "invalid_request_error", null, code, message);
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The error object, with all four keys. */
  public Map<String, Object> body() {
    Map<String, @Nullable Object> error = new LinkedHashMap<>();
    error.put("message", getMessage());
    error.put("type", type);
    error.put("param", param);
    error.put("code", code);
    return Map.of("error", error);
  }
}
