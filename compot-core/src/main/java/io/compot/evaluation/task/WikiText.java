package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.text.PythonSpace;
import io.compot.text.rows.Row;
import java.util.regex.Pattern;

/**
 * WikiText-2 page by page (Merity et al. 2016, arXiv 1609.07843): tokenised text is turned back
 * into what people write; words and bytes are those of the page before that.
 */
final class WikiText {

  private static final Pattern ROUND = pattern("\\(\\s*([^\\)]*?)\\s*\\)");
  private static final Pattern SQUARE = pattern("\\[\\s*([^\\]]*?)\\s*\\]");
  private static final Pattern CURLY = pattern("\\{\\s*([^}]*?)\\s*\\}");
  private static final Pattern DOUBLE = pattern("\"\\s*([^\"]*?)\\s*\"");
  private static final Pattern SINGLE = pattern("'\\s*([^']*?)\\s*'");
  private static final Pattern DIGIT = Pattern.compile("/' [0-9]/");

  private WikiText() {}

  private static Pattern pattern(String python) {
    return Pattern.compile(python.replace("\\s", PythonSpace.PATTERN));
  }

  static Document document(Row row) throws InputException {
    String page = row.text(row.has("page") || !row.has("text") ? "page" : "text");
    return new Document.Page(detokenize(page), page);
  }

  /** {@code wikitext_detokenizer}, its oddities included. */
  static String detokenize(String page) {
    String text = page.replace("s '", "s'");
    text = DIGIT.matcher(text).replaceAll("/'[0-9]/");
    text = text.replace(" @-@ ", "-").replace(" @,@ ", ",").replace(" @.@ ", ".");
    text = text.replace(" : ", ": ").replace(" ; ", "; ").replace(" . ", ". ");
    text = text.replace(" ! ", "! ").replace(" ? ", "? ").replace(" , ", ", ");
    text = ROUND.matcher(text).replaceAll("($1)");
    text = SQUARE.matcher(text).replaceAll("[$1]");
    text = CURLY.matcher(text).replaceAll("{$1}");
    text = DOUBLE.matcher(text).replaceAll("\"$1\"");
    text = SINGLE.matcher(text).replaceAll("'$1'");
    text = text.replace("= = = =", "====").replace("= = =", "===").replace("= =", "==");
    text = text.replace(" \u00b0 ", "\u00b0");
    text = text.replace(" \n", "\n").replace("\n ", "\n");
    return text.replace(" N ", " 1 ").replace(" 's", "'s");
  }
}
