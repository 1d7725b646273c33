package io.compot.fuzz;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Parts of tokenizers, each as files have it, to be put where others stood. */
final class TokenizerPartSamples {

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private static final Map<String, List<String>> SAMPLES =
      Map.of(
          "normalizer",
              List.of(
                  "{'type':'Strip','strip_left':true,'strip_right':true}",
                  "{'type':'StripAccents'}",
                  "{'type':'NFKD'}",
                  "{'type':'Nmt'}",
                  "{'type':'Prepend','prepend':'_'}",
                  "{'type':'Replace','pattern':{'String':''},'content':'x'}",
                  "{'type':'Replace','pattern':{'Regex':'(?<=a)b*'},'content':''}",
                  "{'type':'Precompiled','precompiled_charsmap':'ALQCAACEAAAAAACAAQAA'}",
                  "{'type':'ByteLevel'}"),
          "pre_tokenizer",
              List.of(
                  "{'type':'BertPreTokenizer'}",
                  "{'type':'CharDelimiterSplit','delimiter':'a'}",
                  "{'type':'UnicodeScripts'}",
                  "{'type':'WhitespaceSplit'}",
                  "{'type':'FixedLength','length':2}",
                  "{'type':'Split','pattern':{'String':'b'},'behavior':'MergedWithNext','invert':true}",
                  "{'type':'Split','pattern':{'Regex':'\\\\d{1,3}|'},'behavior':'Isolated','invert':false}",
                  "{'type':'Metaspace','replacement':'_','prepend_scheme':'first','split':false}"),
          "post_processor",
              List.of(
                  "{'type':'RobertaProcessing','sep':['b',2],'cls':['a',1],'trim_offsets':true,'add_prefix_space':false}",
                  "{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':true,'use_regex':true}",
                  "{'type':'Sequence','processors':[{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':false},{'type':'TemplateProcessing','single':[{'Sequence':{'id':'A','type_id':0}}],'pair':[],'special_tokens':{}}]}"),
          "decoder",
              List.of(
                  "{'type':'BPEDecoder','suffix':'b'}",
                  "{'type':'CTC','pad_token':'a','word_delimiter_token':'|','cleanup':true}",
                  "{'type':'Metaspace','replacement':'_','prepend_scheme':'always','split':true}",
                  "{'type':'Replace','pattern':{'String':'a'},'content':'bb'}",
                  "{'type':'Strip','content':'a','start':1,'stop':1}",
                  "{'type':'Sequence','decoders':[{'type':'ByteFallback'},{'type':'Fuse'}]}"));

  private TokenizerPartSamples() {}

  /** The tokenizer with another sample in one or more places. */
  static byte[] exchange(byte[] tokenizer, SplittableRandom random) {
    ObjectNode tree = (ObjectNode) MAPPER.readTree(tokenizer);
    for (String part : List.of("normalizer", "pre_tokenizer", "post_processor", "decoder")) {
      List<String> samples = java.util.Objects.requireNonNull(SAMPLES.get(part));
      if (random.nextInt(3) == 0) {
        String sample = samples.get(random.nextInt(samples.size()));
        tree.set(part, MAPPER.readTree(sample.replace('\'', '"')));
      }
    }
    return MAPPER.writeValueAsBytes(tree);
  }
}
