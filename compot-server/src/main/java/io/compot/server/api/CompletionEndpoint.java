package io.compot.server.api;

import io.compot.Generation;
import io.compot.Prompt;
import io.compot.TokenScore;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.progress.StopRequest;
import io.compot.server.http.Exchange;
import io.compot.server.http.GoneException;
import io.compot.server.http.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/completions}. */
public final class CompletionEndpoint {

  private final ServedModels models;
  private final ServingLimits limits;
  private final Observer observer;

  /**
   * @param observer told of each answer
   */
  public CompletionEndpoint(ServedModels models, ServingLimits limits, Observer observer) {
    this.models = models;
    this.limits = limits;
    this.observer = observer;
  }

  /**
   * Answers a request.
   *
   * @throws ApiException where it is refused; nothing was sent then
   * @throws GoneException where the client has gone away
   */
  public void answer(Exchange exchange, Fields fields) throws ApiException, GoneException {
    ServedModel served = models.of(fields);
    CompletionRequest request = CompletionRequest.read(fields, limits);
    List<Prepared> prepared = new ArrayList<>();
    for (Prompt prompt : request.prompts()) {
      prepared.add(Prepared.of(served, prompt, request.options(), "prompt", limits));
    }
    StopRequest stop = Deadline.of(exchange, limits.longest());
    if (request.streamed()) {
      new CompletionStream(exchange, served, request, observer).run(prepared, stop);
    } else {
      exchange.reply(Reply.json(200, whole(served, request, prepared, stop)));
    }
  }

  /**
   * What became of a prompt.
   *
   * @param scores of its tokens but the first, where they were asked for
   */
  private record Completed(Prepared prompt, List<TokenScore> scores, List<Generation> answers) {}

  private Map<String, @Nullable Object> whole(
      ServedModel served, CompletionRequest request, List<Prepared> prompts, StopRequest stop)
      throws ApiException {
    List<Completed> all = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Completed>> futures = new ArrayList<>();
      for (Prepared prompt : prompts) {
        futures.add(threads.submit(() -> complete(served, request, prompt, stop)));
      }
      for (Future<Completed> future : futures) {
        all.add(future.get());
      }
      return body(served, request, all);
    } catch (CompotException e) {
      throw Prepared.refused(e, null);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CompotException known) {
        throw Prepared.refused(known, null);
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private Completed complete(
      ServedModel served, CompletionRequest request, Prepared prompt, StopRequest stop)
      throws CompotException {
    List<TokenScore> scores =
        request.echo() && request.top().isPresent()
            ? scores(served, prompt.tokens(), request.top().getAsInt(), stop)
            : List.of();
    List<Generation> answers = List.of();
    if (!request.none()) {
      answers =
          served
              .model()
              .generate(new Prompt.Tokens(prompt.tokens()), prompt.options(), _ -> {}, stop);
      answers.forEach(each -> observer.generated(served.id(), each));
    }
    return new Completed(prompt, scores, answers);
  }

  /** Of all tokens but the first: with less than that, sums over them would be wrong. */
  static List<TokenScore> scores(
      ServedModel served, List<Integer> tokens, int top, StopRequest stop) throws CompotException {
    List<TokenScore> scores = served.model().score(tokens, top, stop);
    if (scores.size() < tokens.size() - 1) {
      throw new FailureException("scoring %d tokens took too long".formatted(tokens.size()));
    }
    return scores;
  }

  private static Map<String, @Nullable Object> body(
      ServedModel served, CompletionRequest request, List<Completed> all) throws CompotException {
    List<Map<String, @Nullable Object>> choices = new ArrayList<>();
    int prompt = 0;
    int cached = 0;
    int written = 0;
    for (int i = 0; i < all.size(); i++) {
      Completed one = all.get(i);
      String echoed = request.echo() ? echoed(served, request.prompts().get(i), one) : "";
      List<@Nullable Generation> ways = new ArrayList<>(one.answers());
      if (ways.isEmpty()) {
        ways.add(null);
      }
      for (Generation answer : ways) {
        choices.add(choice(served, request, choices.size(), echoed, one, answer));
        written += answer == null ? 0 : answer.tokens().size();
      }
      prompt += one.prompt().tokens().size();
      cached += one.answers().isEmpty() ? 0 : one.answers().getFirst().remembered();
    }
    Map<String, @Nullable Object> body =
        Envelope.of("cmpl-", "text_completion", served.id()).with(choices);
    body.put("usage", Usage.of(prompt, cached, written));
    return body;
  }

  static String echoed(ServedModel served, Prompt prompt, List<Integer> tokens)
      throws CompotException {
    return prompt instanceof Prompt.Text(String text) ? text : served.model().text(tokens, false);
  }

  private static String echoed(ServedModel served, Prompt prompt, Completed one)
      throws CompotException {
    return echoed(served, prompt, one.prompt().tokens());
  }

  private static Map<String, @Nullable Object> choice(
      ServedModel served,
      CompletionRequest request,
      int index,
      String echoed,
      Completed one,
      @Nullable Generation answer)
      throws CompotException {
    Map<String, @Nullable Object> choice = new LinkedHashMap<>();
    choice.put("index", index);
    choice.put("text", echoed + (answer == null ? "" : answer.text()));
    choice.put("logprobs", request.top().isEmpty() ? null : logprobs(served, request, one, answer));
    choice.put("finish_reason", answer == null ? "length" : Usage.reason(answer));
    return choice;
  }

  /** Of all tokens of the prompt where it is echoed, and of all that were chosen, the end too. */
  private static Object logprobs(
      ServedModel served, CompletionRequest request, Completed one, @Nullable Generation answer)
      throws CompotException {
    List<TokenTexts.Place> places = new ArrayList<>();
    if (request.echo()) {
      List<Integer> tokens = one.prompt().tokens();
      for (int i = 0; i < tokens.size(); i++) {
        boolean scored = i > 0 && i <= one.scores().size();
        places.add(new TokenTexts.Place(tokens.get(i), scored ? one.scores().get(i - 1) : null));
      }
    }
    if (answer != null) {
      answer.scores().forEach(score -> places.add(new TokenTexts.Place(score.token(), score)));
    }
    return new TokenTexts(served.model()).completion(places, 0);
  }
}
