package io.compot.recipe;

import io.compot.error.UsageException;
import io.compot.method.CompressionMethod;
import io.compot.method.Need;
import io.compot.method.StepKind;
import io.compot.method.structured.HealMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The steps of a recipe, as compressions that follow one another: each is of what the one before it
 * left.
 *
 * @param steps at least one, each with what is said of all steps
 * @param whole the budget that is said of the whole, which is the last step's: a setting and its
 *     value as it is written
 */
public record Chain(List<Step> steps, Optional<Map.Entry<String, String>> whole) {

  /** Of factors: said by a step that quantises what the one before it made. */
  private static final Set<String> OF_CODES =
      Set.of("width", "group", "zero-points", "scales", "range");

  /** Of factors where a step that quantises them does not say. */
  private static final String USUAL_WIDTH = "4";

  /**
   * One of them.
   *
   * @param kinds what it does: one, or two where factors are made and quantised at once
   * @param said of it, and of all
   */
  public record Step(List<StepKind> kinds, SaidSettings said) {

    /** As people are told: "factorise and quantise". */
    public String words() {
      return String.join(" and ", kinds.stream().map(StepKind::word).toList());
    }

    /** Whether it trains what is there, and makes nothing smaller. */
    public boolean heals() {
      return kinds.equals(List.of(StepKind.HEAL));
    }

    /** The method with its settings. */
    public CompressionMethod method() throws UsageException {
      return said.settings().method();
    }
  }

  public Chain {
    steps = List.copyOf(steps);
  }

  /**
   * Puts together what was said.
   *
   * @throws UsageException where steps do not follow one another, or how small the result is to be
   *     is said twice or not at all
   */
  public static Chain of(SaidSettings all) throws UsageException {
    for (String name : all.said().keySet()) {
      if (GeneralSettings.SCHEMA.find(name).isEmpty()) {
        throw new UsageException(name + " belongs to one of the steps: say it there");
      }
    }
    if (all.isSaid(SaidSettings.METHOD) || all.isSaid(SaidSettings.ALLOCATION)) {
      throw new UsageException(
          "method and allocation belong to one of the steps: say them there, or leave the steps out");
    }
    var whole = all.budget();
    List<Step> steps = new ArrayList<>();
    for (SaidStep each : all.steps()) {
      Step last = steps.isEmpty() ? null : steps.getLast();
      if (each.kind() == StepKind.QUANTISE
          && last != null
          && last.kinds().equals(List.of(StepKind.FACTORISE))) {
        steps.set(steps.size() - 1, quantised(last, each));
      } else {
        steps.add(single(each, all));
      }
    }
    var chain = new Chain(steps, whole);
    chain.check();
    return chain;
  }

  private static Step single(SaidStep step, SaidSettings all) throws UsageException {
    SaidSettings said = step.said().over(all);
    said.usually(SaidSettings.METHOD, step.kind().usualMethod());
    CompressionMethod method = said.settings().method();
    if (method.step() != step.kind()) {
      throw new UsageException(
          "a step %s cannot have the method %s, which is for a step %s"
              .formatted(step.kind().word(), method.name(), method.step().word()));
    }
    return new Step(List.of(step.kind()), said);
  }

  /** Factors that are made so that they can be quantised, at once. */
  private static Step quantised(Step factors, SaidStep step) throws UsageException {
    SaidSettings codes = step.said();
    if (codes.isSaid(SaidSettings.METHOD) && !codes.methodName().equals("gptq")) {
      throw new UsageException(
          "factors are quantised by gptq alone; leave the method %s out"
              .formatted(codes.methodName()));
    }
    if (factors.said().budget().isPresent()) {
      throw new UsageException(
          "how large factors become follows from how small the whole, or the step quantise, is to be: leave %s out of the step factorise"
              .formatted(factors.said().budget().get().getKey()));
    }
    for (var each : codes.said().entrySet()) {
      if (!OF_CODES.contains(each.getKey()) && !GeneralSettings.BUDGETS.contains(each.getKey())) {
        throw new UsageException(
            "%s is nothing that a step quantise says of factors; it has %s"
                .formatted(each.getKey(), OF_CODES.stream().sorted().toList()));
      }
      factors.said().say(each.getKey(), each.getValue());
    }
    factors.said().usually("width", USUAL_WIDTH);
    return new Step(List.of(StepKind.FACTORISE, StepKind.QUANTISE), factors.said());
  }

  /** Number of the step that gets what is said of the whole: the last that makes smaller. */
  public int sizing() {
    int at = steps.size() - 1;
    while (at > 0 && steps.get(at).heals()) {
      at--;
    }
    return at;
  }

  /** Whether a step heals what the one that makes smaller before it has packed. */
  private boolean healsPacked(int step) throws UsageException {
    int at = step;
    while (at > 0 && steps.get(at).heals()) {
      at--;
    }
    return at < step && !steps.get(at).method().needs(Need.MODEL);
  }

  /** Codes of trellises are not trained; here only the method tells what a step leaves. */
  private static void requireTrainable(int number, Step step) throws UsageException {
    String method = step.method().name();
    if (method.equals("trellis") || method.equals("mix")) {
      throw new UsageException(
          "step %d (%s) leaves codes of trellises, which heal does not train: choose gptq or rtn for it, or leave the step heal out"
              .formatted(number, step.words()));
    }
  }

  /** Refuses updates of low rank of what is packed, and an alpha without them. */
  private void requireHealable(int number, HealMethod heal) throws UsageException {
    if (heal.lora() > 0 && healsPacked(number - 1)) {
      throw new UsageException(
          "step %d (heal) has lora %d, whose updates are added to ordinary weights, and what is before it leaves packed ones: leave lora out, which trains their numbers"
              .formatted(number, heal.lora()));
    }
    if (heal.lora() == 0 && heal.alpha().isPresent()) {
      throw new UsageException(
          "step %d (heal) has an alpha, which is for updates of low rank: say their rank, lora, too"
              .formatted(number));
    }
  }

  private void check() throws UsageException {
    if (steps.isEmpty()) {
      throw new UsageException("there is no step; name one of " + StepKind.words());
    }
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      boolean last = i == steps.size() - 1;
      boolean said = step.said().budget().isPresent();
      if (!last && steps.get(i + 1).heals()) {
        requireTrainable(i + 1, step);
      } else if (!last && (!step.method().needs(Need.MODEL) || healsPacked(i))) {
        throw new UsageException(
            "step %d (%s) leaves packed weights, which no step behind it takes but heal, and quantise right behind factorise: put it last"
                .formatted(i + 1, step.words()));
      }
      if (step.heals() && (i == 0 || said)) {
        throw new UsageException(
            said
                ? "step %d (heal) makes nothing smaller: leave %s out of it"
                    .formatted(i + 1, step.said().budget().orElseThrow().getKey())
                : "step 1 heals, and nothing was pruned before it: put it behind a step prune or factorise");
      }
      if (step.method() instanceof HealMethod heal) {
        requireHealable(i + 1, heal);
      }
      if (i < sizing() && !step.heals() && !said) {
        throw new UsageException(
            "step %d (%s) does not say how much it removes: say its ratio or bits"
                .formatted(i + 1, step.words()));
      }
      if (i == sizing() && said && whole.isPresent()) {
        throw new UsageException(
            "%s says how small the whole becomes, and %s the last step: say one of them"
                .formatted(whole.get().getKey(), step.said().budget().get().getKey()));
      }
      if (step.said().settings().budget().isSearched()) {
        throw new UsageException(
            "max-kl and max-rise are for a recipe of one step without steps: say ratio, bits or size");
      }
    }
    if (whole.isPresent() && !Set.of("ratio", "bits", "size").contains(whole.get().getKey())) {
      throw new UsageException(
          "max-kl and max-rise are for a recipe without steps: say ratio, bits or size");
    }
  }
}
