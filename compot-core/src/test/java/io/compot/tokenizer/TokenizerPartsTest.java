package io.compot.tokenizer;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files at which the native tokenizer library would end the process, as fuzzing and its source
 * showed: refused before it sees them.
 */
class TokenizerPartsTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // Half of a surrogate pair: "unexpected end of hex escape".
        "'decoder':{'type':'Replace','pattern':{'String':'\\ud800'},'content':''} | surrogate",
        // A token that is shorter than what is cut off.
        "'decoder':{'type':'Strip','content':'a','start':1,'stop':1} | decoder.stop",
        "'decoder':{'content':'a','start':1,'stop':1,'typex':'Strip'} | decoder.type",
        "'decoder':{'type':'Sequence','decoders':[{'type':'Fuse'},{'type':'Strip','content':'a','start':0,'stop':9}]} | decoder.decoders[1].stop",
        // Matches of nothing, which its alignments do not foresee.
        "'normalizer':{'type':'Replace','pattern':{'Regex':''},'content':'a'} | normalizer.pattern",
        "'normalizer':{'type':'Replace','pattern':{'String':''},'content':'a'} | normalizer.pattern",
        "'normalizer':{'type':'Replace','pattern':{'Regex':'b*'},'content':'a'} | normalizer.pattern",
        "'normalizer':{'type':'Precompiled','precompiled_charsmap':'AAAA'} | precompiled",
        "'pre_tokenizer':{'type':'FixedLength','length':0} | pre_tokenizer.length",
        // Repetitions that take more steps than the library has patience: it panics.
        "'pre_tokenizer':{'type':'Split','pattern':{'Regex':'(a+)+$'},'behavior':'Isolated','invert':false} | pre_tokenizer.pattern.Regex",
        "'decoder':{'type':'Replace','pattern':{'Regex':'(a?b?)+$'},'content':''} | decoder.pattern.Regex",
        // Names that nothing stands for.
        "'post_processor':{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'x','type_id':0}}],'pair':[],'special_tokens':{}} | single[0]",
        "'post_processor':{'type':'TemplateProcessing','single':[{'Sequence':{'id':'B','type_id':0}}],'pair':[],'special_tokens':{}} | single[0]",
        "'post_processor':{'type':'Sequence','processors':[null]} | processors[0]",
        "'pre_tokenizer':[] | pre_tokenizer.type"
      })
  void areRefused(String part, String mention) throws IOException {
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> check(part))
        .withMessageContaining(mention);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'normalizer':{'type':'Replace','pattern':{'Regex':' {2,}'},'content':' '}",
        "'normalizer':{'type':'Replace','pattern':{'Regex':'\\\\s+'},'content':' '}",
        "'decoder':{'type':'Strip','content':' ','start':1,'stop':0}",
        "'normalizer':null,'decoder':null"
      })
  void whatFilesHaveIsTaken(String part) {
    assertThatCode(() -> check(part)).doesNotThrowAnyException();
  }

  /** Its second token is cut by the prefix's length whatever it begins with. */
  @ParameterizedTest
  @CsvSource({"b", "##"})
  void mergesMustHaveThePrefix(String second) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(
        file,
        """
        {"model": {"type": "BPE", "continuing_subword_prefix": "###", "vocab": {"a": 0, "%s": 1, "ab": 2},
         "merges": [["a", "%s"]]}}
        """
            .formatted(second, second));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> TokenizerCheck.check(file, OptionalInt.empty()))
        .withMessageContaining("merges[0]");
  }

  private void check(String part) throws Exception {
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(
        file,
        "{%s,'model':{'type':'WordLevel','vocab':{'a':0},'unk_token':'a'}}"
            .formatted(part)
            .replace('\'', '"'));
    TokenizerCheck.check(file, OptionalInt.empty());
  }
}
