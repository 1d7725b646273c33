package io.compot.text;

import io.compot.error.InputException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import tools.jackson.core.JacksonException;

/**
 * What is wrong with a YAML text, and where, in words for who wrote it. The line is that of the
 * problem itself, or where something was opened that is never closed; the parser on top only knows
 * how far it had read.
 *
 * @param line from 1; 0 where it is unknown
 */
record YamlProblem(int line, String problem) {

  private static final Pattern NO_BEGINNING =
      Pattern.compile("found character '(.)' that cannot start any token");
  private static final Pattern ESCAPE = Pattern.compile("unknown escape character (.)");

  static YamlProblem of(JacksonException e) {
    if (!(e.getCause() instanceof MarkedYamlEngineException cause)) {
      var place = e.getLocation();
      int line = place == null || place.getLineNr() < 1 ? 0 : place.getLineNr();
      return new YamlProblem(line, first(e.getOriginalMessage()));
    }
    String said = first(cause.getProblem());
    if (said.contains("end of stream") || said.startsWith("expected ',' or")) {
      String what = said.startsWith("expected") ? "a bracket" : "a quote or block";
      return new YamlProblem(
          line(cause.getContextMark().or(cause::getProblemMark)), what + " is never closed");
    }
    return new YamlProblem(line(cause.getProblemMark().or(cause::getContextMark)), words(said));
  }

  private static String words(String said) {
    if (said.contains("TAB")) {
      return "there is a tab where only spaces may be: indent with spaces";
    }
    Matcher character = NO_BEGINNING.matcher(said);
    if (character.find()) {
      return "a value cannot begin with %s: put it in quotes".formatted(character.group(1));
    }
    Matcher escape = ESCAPE.matcher(said);
    if (escape.find()) {
      return "\\%s is no escape in double quotes: use single ones".formatted(escape.group(1));
    }
    if (said.startsWith("mapping values are not allowed")) {
      return "there is a colon where no key can be: put the value in quotes, or look at the"
          + " indentation";
    }
    if (said.startsWith("expected <block end>")) {
      return "the indentation does not fit what stands above";
    }
    return said;
  }

  private static int line(Optional<Mark> mark) {
    return mark.map(each -> each.getLine() + 1).orElse(0);
  }

  private static String first(String message) {
    return String.valueOf(message).lines().findFirst().orElse("unreadable");
  }

  InputException refuse(Path file, String help) {
    String what = "not valid YAML (" + YamlNode.shown(problem) + ")";
    return InputException.in(file, line == 0 ? what : "line " + line + ": " + what, help);
  }
}
